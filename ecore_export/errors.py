"""Every exception of the package, grouped by what the reader does next.

::

    EcoreError
    ├── SettingsError             fix your set-up: a setting is missing or does not make sense
    ├── ApiError                  the API did not give what was asked for
    │   ├── AuthenticationError   401: the token is missing, wrong or expired
    │   ├── NotFoundError         404: not there, or another user's
    │   ├── BadRequestError       other 4xx: the request was refused
    │   ├── RedirectError         3xx: redirects are not followed, the base URL is wrong
    │   ├── DailyCapError         429: the usage cap is spent, go on tomorrow
    │   ├── ServerError           5xx, after all retries
    │   ├── MalformedBodyError    a 200 whose body is not JSON, after all retries
    │   ├── NetworkError          no connection, time-out, broken off, after all retries
    │   ├── RequestBudgetError    the run's own request budget (--max-requests) is spent
    │   └── TimeBudgetError       the run's own time (--max-minutes) is over
    ├── PayloadError              JSON arrived, but it is not what the reference promises
    ├── ReconciliationError       a job's records do not add up to the job's own counters
    ├── AccountMismatchError      the token seems to belong to another account than the destination
    ├── DestinationError          the destination cannot be used
    │   ├── DestinationBusyError  somebody else holds it: try later
    │   └── DestinationVersionError  written by a newer version, left untouched
    ├── WaitTimeoutError          a job was not final in the time given
    └── StoppedError              a signal or a caller asked to stop

Messages say what happened, to which job, and what to do next. They never hold an address, a token or a body.
"""

from __future__ import annotations


class EcoreError(Exception):
    """Base of all errors raised by this package.

    ``retryable``: doing the same again later may work. ``status``: the HTTP status, where there was one.
    ``retry_after_s``: how long the server asked to wait, in seconds.

    >>> try:
    ...     raise ServerError("the API answered 503", status=503)
    ... except EcoreError as error:
    ...     print(error.retryable, error.status)
    True 503
    """

    retryable: bool = False

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class SettingsError(EcoreError):
    """A setting is missing or does not make sense.

    >>> import ecore_export as ee
    >>> ee.Client("your-token", workers="four")
    Traceback (most recent call last):
    ...
    ecore_export.errors.SettingsError: ...
    """


class ApiError(EcoreError):
    """The API did not give what was asked for.

    >>> issubclass(NotFoundError, ApiError)
    True
    """


class AuthenticationError(ApiError):
    """401: the token is missing, wrong or expired.

    >>> AuthenticationError.retryable
    False
    """


class NotFoundError(ApiError):
    """404: it does not exist, or belongs to another user; the API does not tell the two apart.

    >>> import ecore_export as ee
    >>> with ee.Client.sandbox(jobs=3) as client:
    ...     client.load_job(99)
    Traceback (most recent call last):
    ...
    ecore_export.errors.NotFoundError: job 99 does not exist, or belongs to another user (404)
    """


class BadRequestError(ApiError):
    """The API refused the request (4xx).

    >>> BadRequestError.retryable
    False
    """


class RedirectError(ApiError):
    """The API answered with a redirect, which is never followed: the token would go along.

    >>> RedirectError.retryable
    False
    """


class DailyCapError(ApiError):
    """429: the daily usage cap is spent.

    >>> DailyCapError.retryable
    True
    """

    retryable = True


class ServerError(ApiError):
    """5xx, and the retries are spent.

    >>> ServerError.retryable
    True
    """

    retryable = True


class MalformedBodyError(ApiError):
    """A 200 whose body is not JSON.

    >>> MalformedBodyError.retryable
    True
    """

    retryable = True


class NetworkError(ApiError):
    """No connection, a time-out or a broken transfer, and the retries are spent.

    >>> NetworkError.retryable
    True
    """

    retryable = True


class RequestBudgetError(ApiError):
    """The request budget of the run is spent.

    >>> RequestBudgetError.retryable
    True
    """

    retryable = True


class TimeBudgetError(ApiError):
    """The time that the run was given is over.

    >>> TimeBudgetError.retryable
    True
    """

    retryable = True


class PayloadError(EcoreError):
    """JSON arrived, but it is not what the API reference promises.

    ``reason`` names the field and the kind of value found, never the value.

    >>> import ecore_export as ee
    >>> ee.flatten_job("{}")
    Traceback (most recent call last):
    ...
    ecore_export.errors.PayloadError: ...
    """

    def __init__(self, reason: str, *, job_id: int | None = None) -> None:
        where = "" if job_id is None else f"job {job_id}: "
        super().__init__(f"{where}{reason}")
        self.reason = reason
        self.job_id = job_id


class ReconciliationError(EcoreError):
    """A job's records do not add up to the job's own counters. ``reason`` holds the figures.

    >>> ReconciliationError("tallies do not add up: Valid 9 read, 10 counted", job_id=42).job_id
    42
    """

    def __init__(self, reason: str, *, job_id: int) -> None:
        super().__init__(f"job {job_id}: {reason}")
        self.reason = reason
        self.job_id = job_id


class AccountMismatchError(EcoreError):
    """The destination's known jobs are not those of the token.

    >>> AccountMismatchError.retryable
    False
    """


class DestinationError(EcoreError):
    """The destination cannot be used.

    >>> import ecore_export as ee
    >>> ee.read_table("parquet:nothing-here", "jobs")
    Traceback (most recent call last):
    ...
    ecore_export.errors.DestinationError: ...
    """


class DestinationBusyError(DestinationError):
    """Somebody else holds the destination, or it is down: try later.

    >>> DestinationBusyError.retryable
    True
    """

    retryable = True


class DestinationVersionError(DestinationError):
    """The destination was written by a newer version of this package and is left untouched.

    >>> DestinationVersionError.retryable
    False
    """


class StoppedError(EcoreError):
    """A signal or a caller asked to stop.

    >>> StoppedError.retryable
    True
    """

    retryable = True


class WaitTimeoutError(EcoreError, TimeoutError):
    """A job was not final in the time given to wait for it.

    >>> issubclass(WaitTimeoutError, TimeoutError), WaitTimeoutError.retryable
    (True, True)
    """

    retryable = True


class IncompleteDataWarning(UserWarning):
    """What was returned is not all there is, or not final yet.

    >>> import warnings
    >>> warnings.simplefilter("error", IncompleteDataWarning)  # to have an error instead
    """


class JobNotLoadedWarning(IncompleteDataWarning):
    """A job that was asked for is left out. ``job_id``: which one; ``error``: what it would have raised.

    >>> warning = JobNotLoadedWarning(NotFoundError("it does not exist"), job_id=42)
    >>> print(warning)
    job 42 is left out: it does not exist
    """

    def __init__(self, error: EcoreError, *, job_id: int) -> None:
        reason = str(error).removeprefix(f"job {job_id}: ")
        if reason.startswith(f"job {job_id} "):
            reason = f"it {reason.removeprefix(f'job {job_id} ')}"
        super().__init__(f"job {job_id} is left out: {reason}")
        self.error = error
        self.job_id = job_id


class DriftWarning(UserWarning):
    """The API sent something its reference does not know; the data are unharmed.

    >>> issubclass(DriftWarning, UserWarning)
    True
    """

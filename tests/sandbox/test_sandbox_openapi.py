"""The contract in `schemas/openapi.yaml` is sound, and the sandbox keeps it, whatever it is asked."""

import json
from pathlib import Path

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator, FormatChecker
from schemathesis.config import SchemathesisConfig

from ecore_export import schema as fixed_schema
from ecore_export.sandbox import JobSpec, Sandbox, serve

DOCUMENT = yaml.safe_load(
    (Path(__file__).parents[2] / "schemas" / "openapi.yaml").read_text(encoding="utf-8")
)
SCHEMAS = DOCUMENT["components"]["schemas"]
pytestmark = pytest.mark.thorough
SIZES = [0, 1, 99, 100, 101, 250, 1000, 1001]
TOKEN = {"Authorization": "Token sandbox-token"}
JOBS = "/backend/api/v1/email-validation/jobs/"


def _fuzzed_document() -> dict:
    """The contract, with valid job ids bounded to those that exist: else nearly all would be 404."""
    document = yaml.safe_load(yaml.safe_dump(DOCUMENT))
    document["components"]["parameters"]["job_id"]["schema"]["maximum"] = len(SIZES)
    return document


CONFIG = SchemathesisConfig.from_dict({"auth": {"openapi": {"token": {"api_key": TOKEN["Authorization"]}}}})
api = schemathesis.openapi.from_dict(_fuzzed_document(), config=CONFIG)


@pytest.fixture(scope="module")
def base_url():
    with serve(Sandbox(sizes=SIZES, log_size=0)) as address:
        yield address.base_url


@api.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_request_is_answered_as_the_contract_says(case, base_url):
    case.call_and_validate(base_url=base_url)


def _validator(name: str) -> Draft202012Validator:
    document = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    return Draft202012Validator(document, format_checker=FormatChecker())


def _get(sandbox: Sandbox, path: str, query: str = "") -> object:
    response = sandbox.handle("GET", JOBS + path, query, TOKEN)
    assert response.status == 200
    return json.loads(response.body)


def test_the_contracts_schemas_are_valid_json_schema():
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_the_references_example_keeps_the_contract():
    answers = DOCUMENT["paths"]["/email-validation/jobs/{job_id}/"]["get"]["responses"]["200"]["content"]
    _validator("JobWithRecords").validate(answers["application/json"]["examples"]["reference"]["value"])


@pytest.mark.parametrize("name", ["JobPage", "JobWithRecords", "RecordPage", "Job", "Record"])
def test_the_contract_requires_every_field_it_lists(name):
    for part in [SCHEMAS[name], *SCHEMAS[name].get("allOf", [])]:
        listed = set(part.get("properties", ())) - {"results"}
        assert listed <= set(part.get("required", ()))


def test_every_api_field_of_the_fixed_schema_is_in_the_contract():
    for table, name in [(fixed_schema.JOBS, "Job"), (fixed_schema.RECORDS, "Record")]:
        sources = {column.source for column in table.columns if column.source}
        assert sources - {"id"} <= SCHEMAS[name]["properties"].keys()


@pytest.mark.parametrize("status", ["Uploading", "Processing", "Processed", "Failed"])
@pytest.mark.parametrize("total", [0, 1, 100, 101, 250])
def test_a_job_in_any_state_keeps_the_contract_and_shows_nothing_else(status, total):
    sandbox = Sandbox.with_jobs([JobSpec(total, status=status)], advance_after_reads=None)
    job, listed = _get(sandbox, "1/"), _get(sandbox, "")
    records = _get(sandbox, "1/records/", "page_size=1000")
    _validator("JobWithRecords").validate(job)
    _validator("JobPage").validate(listed)
    _validator("RecordPage").validate(records)
    assert job.keys() == SCHEMAS["Job"]["properties"].keys() | {"records"}
    assert all(item.keys() == SCHEMAS["Job"]["properties"].keys() for item in listed["results"])
    assert all(item.keys() == SCHEMAS["Record"]["properties"].keys() for item in records["results"])

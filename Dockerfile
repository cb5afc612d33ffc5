# The image of ecore-export: docker build -t ecore-export .
# Not root, and nothing is written outside of /data and /tmp: run it with --read-only --tmpfs /tmp.

FROM python:3.13-slim AS build
ARG EXTRAS=all
COPY . /src
RUN python -m venv /opt/ecore-export && /opt/ecore-export/bin/pip install "/src[$EXTRAS]"

FROM python:3.13-slim
COPY --from=build /opt/ecore-export /opt/ecore-export
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/ecore-export/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["ecore-export"]

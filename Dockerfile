# syntax=docker/dockerfile:1
# One image for every role: docker build -t tideover . ; docker run tideover tideover --help

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
WORKDIR /src
RUN python -m venv /opt/tideover
# The lock first: it changes less often than the code, and takes minutes.
COPY requirements.lock ./
COPY tools/install.py tools/build-tools.txt tools/
RUN PIP_USE_PEP517=1 PIP_CONSTRAINT=tools/build-tools.txt PIP_BUILD_CONSTRAINT=tools/build-tools.txt \
    MULTIDICT_NO_EXTENSIONS=1 \
    /opt/tideover/bin/pip install --no-deps --ignore-requires-python --require-hashes -r requirements.lock
COPY . .
RUN PIP_CONSTRAINT=tools/build-tools.txt PIP_BUILD_CONSTRAINT=tools/build-tools.txt \
    /opt/tideover/bin/pip install --no-deps . \
 && TIDEOVER_DATA_DIR=/opt/tideover/share/tideover/trained /opt/tideover/bin/tideover train

FROM python:3.11-slim-bookworm
# pg_dump and psql for `tideover backup`; as new as the server, or newer.
RUN apt-get update \
 && apt-get install -y --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/tideover tideover
COPY --from=build /opt/tideover /opt/tideover
COPY deploy/docker-entry.sh /usr/local/bin/tideover-entry
ENV PATH=/opt/tideover/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TIDEOVER_DATA_DIR=/var/lib/tideover \
    TIDEOVER_WEB_HOST=0.0.0.0 \
    TIDEOVER_OPS_HOST=0.0.0.0 \
    TIDEOVER_OPS_PORT=9100 \
    TIDEOVER_LOG_JSON=true
USER tideover
WORKDIR /var/lib/tideover
VOLUME /var/lib/tideover
EXPOSE 8080 9100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['TIDEOVER_OPS_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["tideover-entry"]
CMD ["tideover", "serve"]

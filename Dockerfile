# The application for an operator's own servers: one image for web, worker, beat and provisioning.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /opt/stepwise && /opt/stepwise/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/stepwise stepwise
COPY --from=build /opt/stepwise /opt/stepwise
WORKDIR /app
COPY . .
ENV PATH=/opt/stepwise/bin:$PATH \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/var/lib/stepwise/data \
    STATIC_MANIFEST=1 \
    PYTHONUNBUFFERED=1
RUN python -m compileall -q . && python manage.py collectstatic --noinput -v 0
USER stepwise
RUN mkdir -p /var/lib/stepwise/data
ENTRYPOINT ["/app/docker/entrypoint.sh"]
CMD ["web"]

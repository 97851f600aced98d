# One image for web, workers, beat and migrations; docker-compose.yml says which is which.

FROM node:22-slim AS modules
WORKDIR /modules
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements-production.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-production.lock

FROM base AS assets
COPY package.json package-lock.json .npmrc ./
COPY devtools devtools
COPY --from=modules /modules/node_modules var/npm/node_modules
RUN python -m devtools.assets

FROM base
RUN useradd --system --uid 10001 --home-dir /app duebook \
    && mkdir -p var/media \
    && chown duebook var/media
COPY . .
COPY --from=assets /app/var/vendor var/vendor
COPY --from=assets /app/var/fonts var/fonts
RUN python -c "from devtools.texts import compile_texts; compile_texts()"
# The key and the address serve this one step and are kept nowhere.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(50))") \
    DATABASE_URL=postgres:///none PRODUCTION=true \
    python manage.py collectstatic --noinput -v0
USER duebook
ENV PRODUCTION=true DJANGO_SETTINGS_MODULE=billing_site.settings
EXPOSE 8000
CMD ["gunicorn", "billing_site.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--config", "python:billing_site.watch.gunicorn", \
     "--logger-class", "billing_site.access_log.MaskingLogger", "--no-control-socket"]

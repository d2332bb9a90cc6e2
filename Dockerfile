# The server for production: real Postgres and Redis by URL.
#
#   docker build -t renown .
#   docker run -e RENOWN_DATABASE_URL=... -e RENOWN_REDIS_URL=... -p 50051:50051 renown
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements requirements
COPY tools/install_production.sh tools/
COPY pyproject.toml README.md ./
COPY client_sdk client_sdk
COPY server server
RUN tools/install_production.sh /opt/renown

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin renown
COPY --from=build /opt/renown /opt/renown
COPY catalogs /opt/renown/catalogs
ENV PATH=/opt/renown/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRPC_ENABLE_FORK_SUPPORT=0
WORKDIR /opt/renown
USER 10001:10001
EXPOSE 50051
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["renown", "health"]
ENTRYPOINT ["renown"]
CMD ["serve"]

# Two images: the program, and an Asterisk beside it. Both are made by the set-up script that `make run` uses.
#
#   docker compose build          (see docker-compose.yml)

FROM debian:13 AS base
ENV PATH=/opt/contactcenter/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_THREAD_LIMIT=1
RUN apt-get update --quiet=2 \
    && apt-get install --quiet=2 --yes --no-install-recommends python3 python3-venv ca-certificates tini \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/contactcenter
COPY . .
# What only builds the front end does not stay in the image.
RUN script/setup --without-asterisk \
    && apt-get purge --quiet=2 --yes --autoremove npm nodejs \
    && rm -rf /var/lib/apt/lists/* ~/.cache ~/.npm ui/web/node_modules
RUN useradd --system --uid 990 --home-dir /var/lib/contactcenter --create-home contactcenter \
    && mkdir /var/lib/contactcenter/data /var/lib/contactcenter/scans /var/lib/contactcenter/exchange \
        /var/lib/contactcenter/sounds \
    && chown contactcenter: /var/lib/contactcenter/*
WORKDIR /var/lib/contactcenter
ENV CC_DATA_DIR=/var/lib/contactcenter/data
ENTRYPOINT ["tini", "--"]

FROM base AS application
EXPOSE 8000 2525
USER contactcenter
CMD ["contactcenter", "serve"]

FROM base AS exchange
RUN apt-get update --quiet=2 \
    && /opt/contactcenter/script/asterisk-fetch \
    && rm -rf /var/lib/apt/lists/*
EXPOSE 5060/udp 5060/tcp 5038/tcp
USER contactcenter
CMD ["contactcenter", "exchange"]

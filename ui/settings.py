"""Settings of the console and the API (`CC_HTTP__…`)."""

from pydantic import BaseModel, Field, SecretStr


class HttpSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the console listens and how much it takes (`CC_HTTP__…`)."""

    host: str = "127.0.0.1"
    """Address to listen on; `0.0.0.0` for all. Put TLS in front of anything but the loopback."""
    port: int = Field(default=8000, ge=0, le=65535)
    """0: any free one."""
    origins: list[str] = Field(default_factory=list)
    """Further addresses, beside `public_url`, under which browsers reach us, e.g. `https://kc.solvik.example`."""
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses of reverse proxies whose `X-Forwarded-For` and `-Proto` are believed."""
    session_hours: float = Field(default=12, gt=0, le=24 * 7)
    """After so long one must sign in again."""
    idle_minutes: float = Field(default=60, gt=0)
    """A session without a request and without an open console for so long is over."""
    upload_megabytes: float = Field(default=25, gt=0, le=1000)
    """The largest file that can be sent with a reply."""
    body_kilobytes: int = Field(default=512, gt=0)
    """The largest JSON body."""
    api_per_minute: int = Field(default=3000, gt=0)
    """Requests that one API key may make in a minute."""
    attempts: int = Field(default=8, gt=0)
    """Failed sign-ins of one login from one address in five minutes before more are refused."""
    metrics_token: SecretStr = SecretStr("")
    """Bearer token for `/metrics`; empty: only the loopback may read it."""
    slow_seconds: float = Field(default=30, gt=0)
    """A console that has not read what it was sent for so long is disconnected; it connects again by itself."""

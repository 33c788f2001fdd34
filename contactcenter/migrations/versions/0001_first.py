"""The first schema, written out once from the models. Do not edit: a migration is history."""

import sqlalchemy as sa
from alembic import op

from contactcenter import search
from contactcenter.columns import Clean, Json, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# fmt: off
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def known(name: str, values: str) -> sa.Enum:
    """A column of these words, stored as they are, with a CHECK constraint."""
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    counter()
    event()
    inbox()
    organisation()
    rollup_agent_day()
    rollup_cursor()
    rollup_day()
    rollup_half_hour()
    rollup_month()
    apikey()
    citizen()
    queue()
    staff()
    citizenmark()
    idempotentanswer()
    topic()
    user_session()
    addresspoint()
    kase()
    contact()
    delivery()
    draft()
    offer()
    file()
    outgoingmail()
    search.create(op.get_bind())


def counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", Clean(), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=False),
    )


def event() -> None:
    op.create_table(
        "event",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("kind",
            known("eventkind_known",
                  "case_opened contact_received case_offered offer_declined offer_lapsed offer_withdrawn "
                  "case_accepted case_released case_parked case_resumed case_transferred case_merged "
                  "case_closed case_reopened case_handed_off case_changed note_added reply_queued mail_sent "
                  "mail_failed mail_bounced call_waiting call_ringing call_answered call_ended call_missed "
                  "callback_started delivery_succeeded delivery_failed delivery_given_up delivery_resent "
                  "remote_status case_returned citizen_linked case_viewed agent_changed signed_in signed_out "
                  "configuration_changed adapter_changed"), nullable=False),
        sa.Column("organisation_id", Id),
        sa.Column("case_id", Id),
        sa.Column("contact_id", Id),
        sa.Column("user_id", Id),
        sa.Column("agent_id", Id),
        sa.Column("data", Json(), nullable=False),
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_case", "event", ["case_id", "id"])


def inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("state", known("inboxstate_known", "new done"), nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("envelope", Json(), nullable=False),
        sa.Column("sha256", Clean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", Clean(), nullable=False),
    )
    op.create_index("ix_inbox_sha256", "inbox", ["sha256"])
    op.create_index("ix_inbox_state", "inbox", ["state"])


def organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("parent_id", Id, sa.ForeignKey("organisation.id")),
        sa.Column("kind", known("organisationkind_known", "municipality department unit"), nullable=False),
        sa.Column("key", Clean(), nullable=False, unique=True),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("mail_from", Clean(), nullable=False),
        sa.Column("hours", Json(), nullable=False),
    )
    op.create_index("ix_organisation_parent_id", "organisation", ["parent_id"])


def rollup_agent_day() -> None:
    op.create_table(
        "rollup_agent_day",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("queue_id", sa.BigInteger(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("agent_id", sa.BigInteger(), primary_key=True),
        sa.Column("offered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("answered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("in_time", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("short_abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("called_back", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("talk_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handle_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("closed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_contact", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handed_off", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("replies", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_max", sa.BigInteger(), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )


def rollup_cursor() -> None:
    op.create_table(
        "rollup_cursor",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
    )


def rollup_day() -> None:
    op.create_table(
        "rollup_day",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("queue_id", sa.BigInteger(), primary_key=True),
        sa.Column("topic_id", sa.BigInteger(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("offered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("answered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("in_time", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("short_abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("called_back", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("talk_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handle_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("closed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_contact", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handed_off", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("replies", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_max", sa.BigInteger(), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )


def rollup_half_hour() -> None:
    op.create_table(
        "rollup_half_hour",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True),
        sa.Column("half_hour", sa.Integer(), primary_key=True),
        sa.Column("queue_id", sa.BigInteger(), primary_key=True),
        sa.Column("topic_id", sa.BigInteger(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("offered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("answered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("in_time", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("short_abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("called_back", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("talk_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handle_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("closed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_contact", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handed_off", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("replies", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_max", sa.BigInteger(), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )


def rollup_month() -> None:
    op.create_table(
        "rollup_month",
        sa.Column("organisation_id", sa.BigInteger(), primary_key=True),
        sa.Column("month", sa.Integer(), primary_key=True),
        sa.Column("queue_id", sa.BigInteger(), primary_key=True),
        sa.Column("topic_id", sa.BigInteger(), primary_key=True),
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("offered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("answered", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("in_time", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("short_abandoned", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("called_back", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("talk_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handle_seconds", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("closed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_contact", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("handed_off", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("replies", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("wait_max", sa.BigInteger(), nullable=False, server_default="0"),
        sqlite_with_rowid=False,
    )


def apikey() -> None:
    op.create_table(
        "apikey",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("key_hash", Clean(), nullable=False, unique=True),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("revoked_at", Utc()),
    )
    op.create_index("ix_apikey_organisation_id", "apikey", ["organisation_id"])


def citizen() -> None:
    op.create_table(
        "citizen",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("address", Clean(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("note", Clean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
    )
    op.create_index("ix_citizen_organisation_id", "citizen", ["organisation_id"])


def queue() -> None:
    op.create_table(
        "queue",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("key", Clean(), nullable=False, unique=True),
        sa.Column("name", Clean(), nullable=False),
    )
    op.create_index("ix_queue_organisation_id", "queue", ["organisation_id"])


def staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("login", Clean(), nullable=False, unique=True),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("password_hash", Clean(), nullable=False),
        sa.Column("role", known("role_known", "agent supervisor administrator"), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("may_pick", sa.Boolean(), nullable=False),
        sa.Column("sees_protected", sa.Boolean(), nullable=False),
        sa.Column("extension", Clean(), nullable=False),
        sa.Column("queues", Json(), nullable=False),
        sa.Column("skills", Json(), nullable=False),
        sa.Column("written_capacity", sa.Integer(), nullable=False),
        sa.Column("state", known("agentstate_known", "signed_out available busy wrapping_up away"), nullable=False),
        sa.Column("reason", Clean(), nullable=False),
        sa.Column("state_since", Utc()),
        sa.Column("idle_since", Utc()),
        sa.Column("heartbeat_at", Utc()),
        sa.Column("wrap_up_until", Utc()),
    )
    op.create_index("ix_staff_organisation_id", "staff", ["organisation_id"])
    op.create_index("ix_staff_state", "staff", ["state"])


def citizenmark() -> None:
    op.create_table(
        "citizenmark",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("citizen_id", Id, sa.ForeignKey("citizen.id"), nullable=False),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("value", Clean(), nullable=False),
        sa.UniqueConstraint("citizen_id", "kind", "value"),
    )
    op.create_index("ix_citizenmark_citizen_id", "citizenmark", ["citizen_id"])
    op.create_index("ix_citizenmark_kind_value", "citizenmark", ["kind", "value"])


def idempotentanswer() -> None:
    op.create_table(
        "idempotentanswer",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("api_key_id", Id, sa.ForeignKey("apikey.id"), nullable=False),
        sa.Column("key", Clean(), nullable=False),
        sa.Column("request_hash", Clean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", Clean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.UniqueConstraint("api_key_id", "key"),
    )
    op.create_index("ix_idempotentanswer_api_key_id", "idempotentanswer", ["api_key_id"])
    op.create_index("ix_idempotentanswer_at", "idempotentanswer", ["at"])


def topic() -> None:
    op.create_table(
        "topic",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("parent_id", Id, sa.ForeignKey("topic.id")),
        sa.Column("key", Clean(), nullable=False, unique=True),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("queue_id", Id, sa.ForeignKey("queue.id")),
        sa.Column("promised", Json(), nullable=False),
        sa.Column("skills", Json(), nullable=False),
        sa.Column("handoff", Json(), nullable=False),
        sa.Column("wrap_up_seconds", sa.Integer(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=False),
    )
    op.create_index("ix_topic_organisation_id", "topic", ["organisation_id"])
    op.create_index("ix_topic_parent_id", "topic", ["parent_id"])
    op.create_index("ix_topic_queue_id", "topic", ["queue_id"])


def user_session() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("token_hash", Clean(), nullable=False, unique=True),
        sa.Column("user_id", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
    )
    op.create_index("ix_user_session_expires_at", "user_session", ["expires_at"])
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])


def addresspoint() -> None:
    op.create_table(
        "addresspoint",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("kind", known("addresskind_known", "phone email post"), nullable=False),
        sa.Column("address", Clean(), nullable=False),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("queue_id", Id, sa.ForeignKey("queue.id"), nullable=False),
        sa.Column("topic_id", Id, sa.ForeignKey("topic.id")),
        sa.Column("menu", Json(), nullable=False),
        sa.UniqueConstraint("kind", "address"),
    )
    op.create_index("ix_addresspoint_organisation_id", "addresspoint", ["organisation_id"])
    op.create_index("ix_addresspoint_queue_id", "addresspoint", ["queue_id"])
    op.create_index("ix_addresspoint_topic_id", "addresspoint", ["topic_id"])


def kase() -> None:
    op.create_table(
        "kase",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("number", Clean(), nullable=False, unique=True),
        sa.Column("state",
            known("casestate_known",
                  "waiting offered working parked handed_off closed merged"), nullable=False),
        sa.Column("channel", known("channel_known", "phone callback email post web note"), nullable=False),
        sa.Column("organisation_id", Id, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("queue_id", Id, sa.ForeignKey("queue.id"), nullable=False),
        sa.Column("topic_id", Id, sa.ForeignKey("topic.id")),
        sa.Column("citizen_id", Id, sa.ForeignKey("citizen.id")),
        sa.Column("agent_id", Id, sa.ForeignKey("staff.id")),
        sa.Column("preferred_agent_id", Id, sa.ForeignKey("staff.id")),
        sa.Column("subject", Clean(), nullable=False),
        sa.Column("sender", Clean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", Utc(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("promised_seconds", sa.Integer(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("parked_until", Utc()),
        sa.Column("closed_at", Utc()),
        sa.Column("outcome",
            known("outcome_known",
                  "answered informed connected handed_off self_service no_answer_needed unreachable")),
        sa.Column("first_answer_at", Utc()),
        sa.Column("merged_into_id", Id, sa.ForeignKey("kase.id")),
        sa.Column("suggested_case_id", Id, sa.ForeignKey("kase.id")),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_kase_agent_state", "kase", ["agent_id", "state"])
    op.create_index("ix_kase_arrived_at", "kase", ["arrived_at"])
    op.create_index("ix_kase_citizen_id", "kase", ["citizen_id"])
    op.create_index("ix_kase_closed_at", "kase", ["closed_at"])
    op.create_index("ix_kase_merged_into_id", "kase", ["merged_into_id"])
    op.create_index("ix_kase_opened_at", "kase", ["opened_at"])
    op.create_index("ix_kase_organisation_id", "kase", ["organisation_id"])
    op.create_index("ix_kase_parked_until", "kase", ["parked_until"])
    op.create_index("ix_kase_queue_id", "kase", ["queue_id"])
    op.create_index("ix_kase_state_queue", "kase", ["state", "queue_id"])
    op.create_index("ix_kase_topic_id", "kase", ["topic_id"])


def contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("channel", known("channel_known", "phone callback email post web note"), nullable=False),
        sa.Column("direction", known("direction_known", "in out internal"), nullable=False),
        sa.Column("state",
            known("contactstate_known",
                  "waiting ringing talking ended missed received queued sent failed"), nullable=False),
        sa.Column("key", Clean(), nullable=False),
        sa.Column("address_point", Clean(), nullable=False),
        sa.Column("sender", Clean(), nullable=False),
        sa.Column("sender_name", Clean(), nullable=False),
        sa.Column("recipients", Json(), nullable=False),
        sa.Column("subject", Clean(), nullable=False),
        sa.Column("text", Clean(), nullable=False),
        sa.Column("html", Clean(), nullable=False),
        sa.Column("message_id", Clean(), nullable=False),
        sa.Column("references", Json(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("problem", Clean(), nullable=False),
        sa.Column("user_id", Id, sa.ForeignKey("staff.id")),
        sa.Column("arrived_at", Utc(), nullable=False),
        sa.Column("answered_at", Utc()),
        sa.Column("ended_at", Utc()),
        sa.UniqueConstraint("channel", "key"),
    )
    op.create_index("ix_contact_arrived_at", "contact", ["arrived_at"])
    op.create_index("ix_contact_case_id", "contact", ["case_id"])
    op.create_index("ix_contact_message_id", "contact", ["message_id"])


def delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("connector", Clean(), nullable=False),
        sa.Column("target", Json(), nullable=False),
        sa.Column("idempotency_key", Clean(), nullable=False, unique=True),
        sa.Column("state", known("deliverystate_known", "pending sending delivered given_up"), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Utc(), nullable=False),
        sa.Column("last_error", Clean(), nullable=False),
        sa.Column("remote_reference", Clean(), nullable=False),
        sa.Column("remote_status", known("remotestatus_known", "received in_progress answered returned")),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("delivered_at", Utc()),
        sa.Column("created_by_id", Id, sa.ForeignKey("staff.id")),
    )
    op.create_index("ix_delivery_case_id", "delivery", ["case_id"])
    op.create_index("ix_delivery_next_at", "delivery", ["next_at"])
    op.create_index("ix_delivery_state", "delivery", ["state"])


def draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("user_id", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("text", Clean(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.UniqueConstraint("case_id", "user_id", "kind"),
    )
    op.create_index("ix_draft_case_id", "draft", ["case_id"])
    op.create_index("ix_draft_user_id", "draft", ["user_id"])


def offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id"), nullable=False),
        sa.Column("agent_id", Id, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("state", known("offerstate_known", "open accepted declined lapsed withdrawn"), nullable=False),
        sa.Column("why", Json(), nullable=False),
        sa.Column("offered_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
    )
    op.create_index("ix_offer_agent_id", "offer", ["agent_id"])
    op.create_index("ix_offer_case_id", "offer", ["case_id"])
    op.create_index("ix_offer_state_case", "offer", ["state", "case_id"])


def file() -> None:
    op.create_table(
        "file",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id"), nullable=False),
        sa.Column("role", Clean(), nullable=False),
        sa.Column("name", Clean(), nullable=False),
        sa.Column("media_type", Clean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", Clean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
    )
    op.create_index("ix_file_contact_id", "file", ["contact_id"])
    op.create_index("ix_file_sha256", "file", ["sha256"])


def outgoingmail() -> None:
    op.create_table(
        "outgoingmail",
        sa.Column("id", Id, primary_key=True, autoincrement=True),
        sa.Column("contact_id", Id, sa.ForeignKey("contact.id")),
        sa.Column("case_id", Id, sa.ForeignKey("kase.id")),
        sa.Column("state", known("mailstate_known", "queued sending sent failed"), nullable=False),
        sa.Column("sender", Clean(), nullable=False),
        sa.Column("recipient", Clean(), nullable=False),
        sa.Column("message_id", Clean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("kind", Clean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Utc(), nullable=False),
        sa.Column("last_error", Clean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("sent_at", Utc()),
    )
    op.create_index("ix_outgoingmail_case_id", "outgoingmail", ["case_id"])
    op.create_index("ix_outgoingmail_contact_id", "outgoingmail", ["contact_id"])
    op.create_index("ix_outgoingmail_message_id", "outgoingmail", ["message_id"])
    op.create_index("ix_outgoingmail_next_at", "outgoingmail", ["next_at"])
    op.create_index("ix_outgoingmail_state", "outgoingmail", ["state"])


def downgrade() -> None:
    raise NotImplementedError("restore the backup instead")

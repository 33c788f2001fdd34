// Rows as the server sends them, with only what a test cares about given.
import type { CaseRow, State } from "../src/wire";

export const NOW = Date.parse("2026-11-23T10:00:00Z");
export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

export function caseRow(id: number, given: Partial<CaseRow> = {}): CaseRow {
  return {
    id,
    number: `KC-2026-${String(id).padStart(6, "0")}`,
    state: "waiting",
    channel: "email",
    organisation_id: 1,
    queue_id: 1,
    topic_id: null,
    agent_id: null,
    preferred_agent_id: null,
    subject: "",
    sender: "",
    priority: 0,
    protected: false,
    unread: false,
    arrived_at: ago(0),
    opened_at: ago(0),
    promised_seconds: 100,
    calendar: null,
    parked_until: null,
    citizen_id: null,
    contact_id: null,
    call_state: null,
    call_phase: "",
    call_agent_id: null,
    call_third: "",
    call_third_talks: false,
    call_overheard: "",
    call_tape: "",
    version: 1,
    suggested_case_id: null,
    ...given,
  };
}

export const casesOf = (state: State): number[] => Object.values(state.cases).map((row) => row.id);

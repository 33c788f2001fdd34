// Written by `python -m ui.wire` from the server's records. Do not edit: a test fails when it is stale.
// Times are ISO 8601 in UTC.

export const PROTOCOL = 1;

export type AgentState =
  | "signed_out"
  | "available"
  | "busy"
  | "wrapping_up"
  | "away";

export type CallPhase =
  | ""
  | "held"
  | "parked"
  | "consulting"
  | "conference"
  | "outside";

export type CaseState =
  | "waiting"
  | "offered"
  | "working"
  | "parked"
  | "handed_off"
  | "closed"
  | "merged";

export type Channel =
  | "phone"
  | "callback"
  | "email"
  | "post"
  | "web"
  | "note";

export type ContactState =
  | "waiting"
  | "ringing"
  | "talking"
  | "ended"
  | "missed"
  | "received"
  | "queued"
  | "sent"
  | "failed";

export type EventKind =
  | "case_opened"
  | "contact_received"
  | "case_offered"
  | "offer_declined"
  | "offer_lapsed"
  | "offer_withdrawn"
  | "case_accepted"
  | "case_released"
  | "case_parked"
  | "case_resumed"
  | "case_transferred"
  | "case_merged"
  | "case_closed"
  | "case_reopened"
  | "case_handed_off"
  | "case_changed"
  | "note_added"
  | "reply_queued"
  | "reply_undone"
  | "mail_sent"
  | "mail_failed"
  | "mail_bounced"
  | "mail_held"
  | "mail_released"
  | "mail_spam"
  | "file_locked"
  | "file_unlocked"
  | "letter_queued"
  | "letter_handed_over"
  | "letter_delivered"
  | "letter_failed"
  | "letter_cancelled"
  | "call_waiting"
  | "call_ringing"
  | "call_answered"
  | "call_ended"
  | "call_missed"
  | "call_found"
  | "call_phase"
  | "call_joined"
  | "call_overflowed"
  | "overflow_returned"
  | "voicemail_left"
  | "call_listened"
  | "call_overheard"
  | "call_recorded"
  | "recording_played"
  | "recording_erased"
  | "wrap_up_prolonged"
  | "callback_started"
  | "callback_promised"
  | "callback_settled"
  | "delivery_succeeded"
  | "delivery_failed"
  | "delivery_given_up"
  | "delivery_resent"
  | "remote_status"
  | "case_returned"
  | "citizen_linked"
  | "case_viewed"
  | "citizen_viewed"
  | "agent_changed"
  | "signed_in"
  | "signed_out"
  | "configuration_changed"
  | "announcement_changed"
  | "announcement_heard"
  | "surge_seen"
  | "surge_settled"
  | "directory_changed"
  | "absence_set"
  | "absence_cleared"
  | "referral_heard"
  | "colleague_mailed"
  | "adapter_changed";

export type OrganisationKind =
  | "municipality"
  | "department"
  | "unit";

export type Outcome =
  | "answered"
  | "informed"
  | "connected"
  | "handed_off"
  | "self_service"
  | "no_answer_needed"
  | "unreachable";

export type Role =
  | "agent"
  | "supervisor"
  | "administrator";

export type Other =
  | "looking"
  | "health"
  | "board";

export type LetterState =
  | "queued"
  | "handing"
  | "handed_over"
  | "delivered"
  | "failed"
  | "cancelled";

export type Way =
  | "print"
  | "digital";

export type RingPlace =
  | "auto"
  | "browser"
  | "phone"
  | "number";

export type DeliveryState =
  | "pending"
  | "sending"
  | "delivered"
  | "given_up";

export type Direction =
  | "in"
  | "out"
  | "internal";

export type MailState =
  | "queued"
  | "sending"
  | "sent"
  | "failed"
  | "undone";

export type RemoteStatus =
  | "received"
  | "in_progress"
  | "answered"
  | "returned";

export type TapeState =
  | "ordered"
  | "running"
  | "over"
  | "kept"
  | "erased"
  | "empty"
  | "lost";

export type Reason =
  | "lunch"
  | "meeting"
  | "travel"
  | "training"
  | "gone_home"
  | "leave"
  | "parental"
  | "sick"
  | "child"
  | "busy"
  | "away"
  | "closed"
  | "present";

export interface CaseRow {
  id: number;
  number: string;
  state: CaseState;
  channel: Channel;
  organisation_id: number;
  queue_id: number;
  topic_id: number | null;
  agent_id: number | null;
  preferred_agent_id: number | null;
  subject: string;
  sender: string;
  priority: number;
  protected: boolean;
  unread: boolean;
  arrived_at: string;
  opened_at: string;
  promised_seconds: number;
  calendar: number | null;
  parked_until: string | null;
  citizen_id: number | null;
  contact_id: number | null;
  call_state: ContactState | null;
  call_phase: CallPhase;
  call_agent_id: number | null;
  call_third: string;
  call_third_talks: boolean;
  call_overheard: string;
  call_tape: string;
  version: number;
  suggested_case_id: number | null;
}

export interface AgentRow {
  id: number;
  name: string;
  state: AgentState;
  reason: string;
  since: string | null;
  wrap_up_until: string | null;
  extension: string;
  written: number;
  written_capacity: number;
  on_call_case_id: number | null;
  organisation_id: number;
}

export interface OfferRow {
  id: number;
  case_id: number;
  offered_at: string;
  expires_at: string;
  why: Record<string, unknown>;
}

export interface QueueRow {
  id: number;
  name: string;
  organisation_id: number;
}

export interface TopicRow {
  id: number;
  name: string;
  parent_id: number | null;
  queue_id: number | null;
  organisation_id: number;
  handoff: boolean;
}

export interface OrganisationRow {
  id: number;
  name: string;
  kind: OrganisationKind;
  parent_id: number | null;
}

export interface CalendarRow {
  id: number;
  spans: [string, string][];
}

export interface HealthRow {
  id: string;
  ok: boolean;
  code: string;
  hint: string;
  since: string | null;
  facts: Record<string, unknown>;
}

export interface LookingRow {
  id: number;
  user_ids: number[];
}

export interface Figures {
  offered: number;
  answered: number;
  in_time: number;
  abandoned: number;
  short_abandoned: number;
  called_back: number;
  wait_seconds: number;
  talk_seconds: number;
  handle_seconds: number;
  closed: number;
  first_contact: number;
  handed_off: number;
  replies: number;
  wait_max: number;
  missed: number;
  service_level: number | null;
  mean_wait: number | null;
  mean_handling: number | null;
  first_contact_share: number | null;
}

export interface Waiting {
  queue_id: number;
  queue: string;
  channel: Channel;
  count: number;
  oldest_at: string;
  longest_wait: number;
}

export interface BoardRow {
  id: "today";
  at: string;
  day: string;
  waiting: Waiting[];
  waiting_total: number;
  waiting_by_channel: Record<string, number>;
  callbacks_waiting: number;
  longest_call_wait: number;
  longest_wait: number;
  agents: Record<string, number>;
  away: Record<string, number>;
  today: Figures;
  today_by_channel: Record<string, Figures>;
  answered: number;
  abandoned: number;
  called_back: number;
  service_level: number | null;
  service_level_all: number | null;
  formula: Record<string, string>;
}

export interface AnnouncementRow {
  id: number;
  organisation_id: number;
  name: string;
  text: string;
  number: string;
  topic_id: number | null;
  must_stay: boolean;
  active_until: string;
}

export interface SurgeRow {
  id: number;
  organisation_id: number;
  kind: string;
  key: string;
  topic_id: number | null;
  counted: number;
  minutes: number;
  expected: number;
  seen_at: string;
}

export interface SettingsRow {
  id: "routing";
  band: number;
  ceiling: number;
  offer_seconds: number;
  relax_every: number;
  away_reasons: string[];
  outcomes: Outcome[];
  time_zone: string;
}

export interface State {
  cases: Record<number, CaseRow>;
  agents: Record<number, AgentRow>;
  offers: Record<number, OfferRow>;
  queues: Record<number, QueueRow>;
  topics: Record<number, TopicRow>;
  organisations: Record<number, OrganisationRow>;
  calendars: Record<number, CalendarRow>;
  health: Record<string, HealthRow>;
  looking: Record<number, LookingRow>;
  board: Record<string, BoardRow>;
  settings: Record<string, SettingsRow>;
  announcements: Record<number, AnnouncementRow>;
  surges: Record<number, SurgeRow>;
}

export interface Put {
  cases?: CaseRow[];
  agents?: AgentRow[];
  offers?: OfferRow[];
  queues?: QueueRow[];
  topics?: TopicRow[];
  organisations?: OrganisationRow[];
  calendars?: CalendarRow[];
  health?: HealthRow[];
  looking?: LookingRow[];
  board?: BoardRow[];
  settings?: SettingsRow[];
}

export interface Drop {
  cases?: number[];
  agents?: number[];
  offers?: number[];
  looking?: number[];
}

export interface Me {
  id: number;
  login: string;
  name: string;
  role: Role;
  language: string;
  organisation_id: number;
  may_pick: boolean;
  sees_protected: boolean;
  extension: string;
}

export interface Hello {
  t: "hello";
  protocol: number;
  version: string;
  me: Me;
}

export interface Snapshot {
  t: "snapshot";
  seq: number;
  state: State;
}

export interface Event {
  t: "event";
  seq: number;
  kind: EventKind | Other;
  case_id: number | null;
  user_id: number | null;
  at: string;
  put: Put;
  drop: Drop;
}

export interface Ok {
  t: "ok";
  id: number;
  result: unknown;
}

export interface Refusal {
  t: "refused";
  id: number;
  code: string;
  text: string;
}

export interface Pong {
  t: "pong";
}

export interface Verb {
  t: "verb";
  id: number;
  key: string;
  verb: string;
  args?: Record<string, unknown>;
}

export interface Ping {
  t: "ping";
}

export interface Resync {
  t: "resync";
}

export interface Looking {
  t: "looking";
  case_id: number | null;
}

export interface Telephone {
  extension: string;
  user: string;
  place: RingPlace;
  number: string;
  servers: Record<string, string>[];
}

export interface RingForm {
  place: RingPlace;
  number?: string;
}

export interface Seal {
  signed: boolean;
  encrypted: string[];
  may_open: boolean;
  failing: Record<string, string>;
}

export interface FileRow {
  id: number;
  name: string;
  media_type: string;
  size: number;
  role: string;
  url: string | null;
  position: number;
  facts: Record<string, unknown>;
}

export interface LetterTo {
  address: string;
  digital: boolean;
  forwarded: boolean;
}

export interface LetterRow {
  state: LetterState;
  way: Way;
  forwarded: boolean;
  may_cancel: boolean;
  error: string;
}

export interface TapeRow {
  id: number;
  state: TapeState;
  agent: string;
  begun_at: string | null;
  seconds: number;
  peaks: number[];
  reason: string;
  url: string | null;
}

export interface ContactRow {
  id: number;
  channel: Channel;
  direction: Direction;
  state: ContactState;
  address_point: string;
  sender: string;
  sender_name: string;
  recipients: string[];
  subject: string;
  text: string;
  html_url: string | null;
  arrived_at: string;
  answered_at: string | null;
  ended_at: string | null;
  facts: Record<string, unknown>;
  problem: string;
  user: string;
  files: FileRow[];
  mail_state: MailState | null;
  letter: LetterRow | null;
  tapes: TapeRow[];
}

export interface TemplateRow {
  id: number;
  name: string;
  language: string;
}

export interface HistoryRow {
  id: number;
  at: string;
  kind: EventKind;
  user: string;
  agent: string;
  contact_id: number | null;
  data: Record<string, unknown>;
}

export interface DeliveryRow {
  id: number;
  connector: string;
  state: DeliveryState;
  attempts: number;
  next_at: string;
  last_error: string;
  remote_reference: string;
  remote_status: RemoteStatus | null;
  created_at: string;
  delivered_at: string | null;
}

export interface Mark {
  kind: "phone" | "email" | "personal_number";
  value: string;
}

export interface CitizenRow {
  id: number;
  name: string;
  address: string;
  protected: boolean;
  note: string;
  marks: Mark[];
}

export interface CaseBrief {
  id: number;
  number: string;
  state: CaseState;
  channel: Channel;
  organisation_id: number;
  queue_id: number;
  topic_id: number | null;
  agent_id: number | null;
  subject: string;
  sender: string;
  protected: boolean;
  opened_at: string;
  changed_at: string;
  closed_at: string | null;
  outcome: Outcome | null;
  excerpt: string;
}

export interface CaseDetail {
  case: CaseRow;
  outcome: Outcome | null;
  closed_at: string | null;
  merged_into_id: number | null;
  masked: boolean;
  contacts: ContactRow[];
  events: HistoryRow[];
  deliveries: DeliveryRow[];
  citizen: CitizenRow | null;
  history: CaseBrief[];
  maybe: CitizenRow[];
  drafts: Record<string, string>;
  reply_to: string[];
  reply_subject: string;
  letter_to: LetterTo | null;
  templates: TemplateRow[];
  call_back: string;
  suggested: CaseBrief | null;
}

export interface Found {
  cases: CaseBrief[];
  before: number | null;
}

export interface Citizens {
  citizens: CitizenRow[];
}

export interface CitizenDetail {
  citizen: CitizenRow;
  cases: CaseBrief[];
}

export interface Upload {
  id: string;
  name: string;
  media_type: string;
  size: number;
}

export interface ReportRow {
  key: string;
  label: string;
  figures: Figures;
  before: Figures | null;
}

export interface Report {
  kind: "half_hours" | "days" | "topics" | "channels" | "agents" | "months";
  first: string;
  last: string;
  rows: ReportRow[];
  total: Figures;
  formula: Record<string, string>;
}

export interface UserRow {
  id: number;
  login: string;
  name: string;
  organisation_id: number;
  role: Role;
  language: string;
  active: boolean;
  may_pick: boolean;
  may_record: boolean;
  sees_protected: boolean;
  extension: string;
  queues: number[];
  skills: Record<string, number>;
  written_capacity: number;
  has_password: boolean;
}

export interface UserForm {
  login: string;
  name: string;
  organisation_id: number;
  role?: Role;
  language?: "sv" | "en";
  active?: boolean;
  may_pick?: boolean;
  may_record?: boolean;
  sees_protected?: boolean;
  extension?: string;
  queues?: number[];
  skills?: Record<string, number>;
  written_capacity?: number;
  password?: string;
}

export interface Users {
  users: UserRow[];
}

export interface ConfigurationForm {
  yaml: string;
  dry_run?: boolean;
}

export interface ConfigurationChange {
  action: "add" | "change";
  kind: string;
  name: string;
  fields: Record<string, [unknown, unknown]>;
}

export interface ConfigurationChanges {
  changes: ConfigurationChange[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
}

export interface Credentials {
  login: string;
  password: string;
}

export interface SearchForm {
  q: string;
  before?: number | null;
}

export interface DemoAccount {
  login: string;
  password: string;
  name: string;
  role: string;
}

export interface Welcome {
  version: string;
  accounts: DemoAccount[];
  sink: boolean;
}

export interface NumberRow {
  id: number;
  address: string;
  organisation_id: number;
  version: number;
  has_draft: boolean;
}

export interface Named {
  key: string;
  name: string;
}

export interface MenuProblem {
  code: string;
  node: string;
  detail: string;
  is_error: boolean;
}

export interface MenuVersionRow {
  number: number;
  made_at: string;
  made_by: string;
  restored_from: number;
}

export interface MenuDetail {
  point_id: number;
  address: string;
  organisation_id: number;
  tree: Record<string, unknown>;
  revision: number;
  problems: MenuProblem[];
  versions: MenuVersionRow[];
  topics: Named[];
  queues: Named[];
  numbers: string[];
  extensions: Named[];
  recordings: string[];
  languages: string[];
}

export interface SavedMenu {
  revision: number;
  problems: MenuProblem[];
}

export interface TrialRow {
  state: "ringing" | "talking" | "ended" | "failed";
  passed: string[];
  keys: string[];
  end: string;
}

export interface PromptRow {
  id: number;
  key: string;
  language: string;
  number: number;
  seconds: number;
  how: string;
  made_at: string;
  made_by: string;
  current: boolean;
  silent: boolean;
}

export interface MessageRow {
  id: number;
  name: string;
  text: Record<string, string>;
  recorded: boolean;
  address_point_id: number | null;
  topic_id: number | null;
  must_stay: boolean;
  active_until: string | null;
  switched_at: string | null;
  switched_by: string;
  heard: number;
  helped: number;
}

export interface Messages {
  messages: MessageRow[];
  numbers: NumberRow[];
  has_code: boolean;
  line: string;
}

export interface DirectoryForm {
  q?: string;
  ids?: number[];
  most?: number;
}

export interface DirectoryRow {
  id: number;
  name: string;
  title: string;
  unit: string;
  words: string[];
  numbers: Record<string, string>;
  email: string;
  has_mail: boolean;
  presence: "free" | "on_call" | "away" | "unknown";
  reason: string;
  back: string | null;
  layer: string;
  next: string | null;
  calendar_stale: string | null;
  user_id: number | null;
  protected: boolean;
  may_set: boolean;
}

export interface Directory {
  people: DirectoryRow[];
  count: number;
}

export interface AbsenceRow {
  id: number;
  source: string;
  reason: Reason;
  begins_at: string;
  until: string | null;
}

export interface DirectoryEntry {
  row: DirectoryRow;
  absences: AbsenceRow[];
  has_calendar: boolean;
  calendar_read_at: string | null;
  calendar_failure: string;
  has_pin: boolean;
  has_recording: boolean;
  absence_code: string;
}

export interface ImportChange {
  action: "add" | "change" | "gone" | "back";
  name: string;
  fields: Record<string, [unknown, unknown]>;
}

export interface ImportFault {
  line: number;
  what: string;
  field: string;
}

export interface ImportResult {
  changes: ImportChange[];
  faults: ImportFault[];
  counts: Record<string, number>;
  same: number;
}

export interface ReplayStretch {
  state: string;
  phone: string;
  agent: string;
  begin: string;
  end: string;
}

export interface ReplayCall {
  id: string;
  exchange: string;
  kind: string;
  number: string;
  topic: string;
  case_id: number;
  case_number: string;
  stretches: ReplayStretch[];
}

export interface ReplayGap {
  exchange: string;
  begin: string;
  end: string;
}

export interface ReplayRoom {
  begin: string;
  end: string;
  calls: ReplayCall[];
  gaps: ReplayGap[];
}

export interface SetPresence {
  state: AgentState;
  reason?: string;
}

export type Nothing = Record<string, never>;

export interface SetLanguage {
  language: "sv" | "en";
}

export interface OfOffer {
  offer_id: number;
}

export interface OfCase {
  case_id: number;
}

export interface Park {
  case_id: number;
  until: string;
}

export interface Transfer {
  case_id: number;
  queue_id?: number | null;
  agent_id?: number | null;
  reason?: string;
}

export interface Merge {
  case_id: number;
  into_id: number;
}

export interface Close {
  case_id: number;
  outcome: Outcome;
}

export interface HandOff {
  case_id: number;
  note?: string;
}

export interface OfDelivery {
  delivery_id: number;
}

export interface Note {
  case_id: number;
  text: string;
}

export interface Change {
  case_id: number;
  subject?: string | null;
  topic_id?: number | null;
  priority?: number | null;
}

export interface SaveDraft {
  case_id: number;
  kind: "reply" | "note" | "letter";
  text: string;
}

export interface LinkCitizen {
  case_id: number;
  citizen_id?: number | null;
  name?: string;
  address?: string;
  protected?: boolean | null;
  marks?: Mark[];
}

export interface Register {
  topic_id: number;
  text: string;
  outcome?: Outcome | null;
  channel?: Channel;
  sender?: string;
  subject?: string;
}

export interface Reply {
  case_id: number;
  to: string[];
  subject: string;
  text: string;
  files?: string[];
  cc?: string[];
  bcc?: string[];
  send_at?: string | null;
  sent_open?: boolean;
}

export interface OfContact {
  contact_id: number;
}

export interface CallBack {
  case_id: number;
  number?: string;
}

export interface SaveMenu {
  point_id: number;
  tree: Record<string, unknown>;
  revision: number;
}

export interface OfMenu {
  point_id: number;
}

export interface RestoreMenu {
  point_id: number;
  number: number;
}

export interface TryMenu {
  point_id: number;
  when?: "now" | "open" | "closed";
}

export interface AddPrompt {
  prompt: string;
  language: string;
  upload: string;
  how?: "recorded" | "uploaded";
}

export interface OfPrompt {
  prompt_id: number;
}

export interface SaveMessage {
  name: string;
  text: Record<string, string>;
  id?: number | null;
  upload?: string;
  keep_recording?: boolean;
  address_point_id?: number | null;
  topic_id?: number | null;
  must_stay?: boolean;
}

export interface SwitchMessage {
  id: number;
  minutes?: number;
}

export interface OfMessage {
  id: number;
}

export interface SetPhoneCode {
  code: string;
}

export interface OfSurge {
  surge_id: number;
}

export interface Drain {
  exchange: string;
  on: boolean;
}

export interface SetAbsence {
  reason: Reason;
  person_id?: number | null;
  until?: string | null;
  begins_at?: string | null;
}

export interface OfPerson {
  person_id?: number | null;
}

export interface MailColleague {
  person_id: number;
  case_id?: number | null;
  number?: string;
  text?: string;
}

export interface SetAbsenceCode {
  pin: string;
  person_id?: number | null;
}

export interface SetCalendar {
  url: string;
  person_id?: number | null;
}

export interface SetNameRecording {
  upload: string;
  person_id?: number | null;
}

export interface Consult {
  contact_id: number;
  whom: string;
}

export interface Tape {
  contact_id: number;
  wish: "pause" | "resume" | "stop";
}

export interface EraseTape {
  tape_id: number;
  reason: string;
}

export interface HandOn {
  contact_id: number;
  queue_id?: number | null;
  agent_id?: number | null;
  number?: string;
}

export interface Listen {
  contact_id: number;
  how: "listen" | "whisper" | "barge";
  reason: string;
}

export interface Tones {
  contact_id: number;
  tones: string;
}

export interface FillTemplate {
  case_id: number;
  template_id: number;
}

export interface LookSeal {
  case_id: number;
  to: string[];
}

export interface AllowImages {
  contact_id: number;
  protected?: boolean;
}

export interface OfHeld {
  held_id: number;
}

export interface Unlock {
  file_id: number;
  reason: string;
}

export interface SaveOverflow {
  queue_id: number;
  steps: Record<string, unknown>[];
  revision: number;
}

export interface RestoreOverflow {
  queue_id: number;
  number: number;
}

export interface SendLetter {
  case_id: number;
  to: string;
  subject: string;
  text: string;
  digital?: boolean;
  slip?: boolean;
}

export interface Verbs {
  set_presence: { args: SetPresence; result: null };
  end_wrap_up: { args: Nothing; result: null };
  set_language: { args: SetLanguage; result: null };
  accept: { args: OfOffer; result: number };
  decline: { args: OfOffer; result: null };
  next_case: { args: Nothing; result: number };
  pick: { args: OfCase; result: number };
  release: { args: OfCase; result: null };
  park: { args: Park; result: null };
  resume: { args: OfCase; result: null };
  transfer: { args: Transfer; result: null };
  merge: { args: Merge; result: null };
  close: { args: Close; result: null };
  reopen: { args: OfCase; result: null };
  hand_off: { args: HandOff; result: number };
  resend: { args: OfDelivery; result: null };
  note: { args: Note; result: number };
  change: { args: Change; result: null };
  dismiss_suggestion: { args: OfCase; result: null };
  save_draft: { args: SaveDraft; result: null };
  link_citizen: { args: LinkCitizen; result: number };
  unlink_citizen: { args: OfCase; result: null };
  register: { args: Register; result: number };
  reply: { args: Reply; result: number };
  undo_reply: { args: OfContact; result: string };
  call_back: { args: CallBack; result: null };
  hang_up: { args: OfContact; result: null };
  menu_save: { args: SaveMenu; result: SavedMenu };
  menu_publish: { args: OfMenu; result: number };
  menu_restore: { args: RestoreMenu; result: number };
  menu_discard: { args: OfMenu; result: null };
  menu_try: { args: TryMenu; result: string };
  prompt_add: { args: AddPrompt; result: number };
  prompt_restore: { args: OfPrompt; result: number };
  prompt_silence: { args: OfPrompt; result: number };
  message_save: { args: SaveMessage; result: number };
  message_on: { args: SwitchMessage; result: null };
  message_prolong: { args: SwitchMessage; result: null };
  message_off: { args: OfMessage; result: null };
  message_remove: { args: OfMessage; result: null };
  set_phone_code: { args: SetPhoneCode; result: null };
  surge_settle: { args: OfSurge; result: null };
  drain_exchange: { args: Drain; result: null };
  set_absence: { args: SetAbsence; result: number };
  clear_absence: { args: OfPerson; result: null };
  mail_colleague: { args: MailColleague; result: number };
  set_absence_code: { args: SetAbsenceCode; result: null };
  set_calendar: { args: SetCalendar; result: null };
  set_name_recording: { args: SetNameRecording; result: null };
  hold_call: { args: OfContact; result: null };
  resume_call: { args: OfContact; result: null };
  consult: { args: Consult; result: null };
  cancel_consult: { args: OfContact; result: null };
  swap_calls: { args: OfContact; result: null };
  complete_transfer: { args: OfContact; result: null };
  confer: { args: OfContact; result: null };
  park_call: { args: OfContact; result: null };
  pick_up_call: { args: OfContact; result: null };
  pick_call: { args: OfContact; result: number };
  tape: { args: Tape; result: null };
  erase_tape: { args: EraseTape; result: null };
  hand_on: { args: HandOn; result: null };
  listen_to_call: { args: Listen; result: null };
  send_tones: { args: Tones; result: null };
  prolong_wrap_up: { args: Nothing; result: null };
  fill_template: { args: FillTemplate; result: string };
  look_seal: { args: LookSeal; result: Seal };
  allow_images: { args: AllowImages; result: null };
  forbid_images: { args: OfContact; result: null };
  release_mail: { args: OfHeld; result: null };
  unlock_file: { args: Unlock; result: string };
  mark_spam: { args: OfHeld; result: null };
  overflow_save: { args: SaveOverflow; result: number };
  overflow_restore: { args: RestoreOverflow; result: number };
  send_letter: { args: SendLetter; result: number };
  cancel_letter: { args: OfContact; result: null };
  send_letter_again: { args: OfContact; result: null };
}

export type ServerMessage =
  | Hello
  | Snapshot
  | Event
  | Ok
  | Refusal
  | Pong;

export type ClientMessage =
  | Verb
  | Ping
  | Resync
  | Looking;

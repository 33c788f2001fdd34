import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ApiError, get, post, put } from "../api";
import { t } from "../i18n";
import { readSkills, skillsText } from "../skills";
import { state, toast } from "../store";
import type { Role, UserForm, Users as UserList, UserRow } from "../wire";

const EMPTY: UserForm = {
  login: "",
  name: "",
  organisation_id: 0,
  role: "agent",
  language: "sv",
  active: true,
  written_capacity: 3,
  queues: [],
  skills: {},
};

type Editing = { id: number | null; form: UserForm } | null;

/** Who may sign in, what they may do, which queues and skills they have. */
export function Users() {
  const users = useSignal<UserRow[]>([]);
  const editing = useSignal<Editing>(null);
  const load = async () => {
    users.value = (await get<UserList>("/api/console/users").catch(() => ({ users: [] }))).users;
  };
  useEffect(() => void load(), []);
  const edit = (user: UserRow) => {
    const { id, has_password: _, ...form } = user;
    editing.value = { id, form: form as UserForm };
  };
  const add = () => {
    const first = Object.values(state.value.organisations)[0]?.id ?? 0;
    editing.value = { id: null, form: { ...EMPTY, organisation_id: first } };
  };
  const save = async (event: Event) => {
    event.preventDefault();
    const now = editing.value;
    if (!now) return;
    try {
      await (now.id === null
        ? post("/api/console/users", now.form)
        : put(`/api/console/users/${now.id}`, now.form));
      editing.value = null;
      toast(t("saved"));
      await load();
    } catch (problem) {
      toast(problem instanceof ApiError ? problem.message : t("failed"), "bad");
    }
  };
  return (
    <section aria-labelledby="users-title">
      <header class="with-button">
        <h2 id="users-title">{t("users")}</h2>
        <button type="button" class="small primary" onClick={add} data-testid="add-user">
          {t("addUser")}
        </button>
      </header>
      {editing.value && (
        <UserEditor
          editing={editing.value}
          change={(form) => {
            if (editing.value) editing.value = { ...editing.value, form };
          }}
          save={save}
          cancel={() => {
            editing.value = null;
          }}
          key={String(editing.value.id)}
        />
      )}
      <UserTable users={users.value} edit={edit} />
    </section>
  );
}

function UserTable({ users, edit }: { users: UserRow[]; edit: (user: UserRow) => void }) {
  const queues = (user: UserRow) => user.queues.map((id) => state.value.queues[id]?.name ?? id).join(", ");
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("usersTable")}>
      <table>
        <thead>
          <tr>
            {(["login", "name", "role", "extension", "organisation", "queues", "skills"] as const).map(
              (word) => (
                <th scope="col" key={word}>
                  {t(word)}
                </th>
              ),
            )}
            <th scope="col">
              <span class="hidden">{t("edit")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.id} class={user.active ? "" : "inactive"}>
              <th scope="row">
                {user.login} {!user.active && <span class="tag">{t("inactive")}</span>}
              </th>
              <td>{user.name}</td>
              <td>{t(`role_${user.role}`)}</td>
              <td class="number">{user.extension}</td>
              <td>{state.value.organisations[user.organisation_id]?.name}</td>
              <td>{queues(user) || t("allQueues")}</td>
              <td>{skillsText(user.skills)}</td>
              <td>
                <button
                  type="button"
                  class="small"
                  onClick={() => edit(user)}
                  aria-label={`${t("edit")}: ${user.name}`}
                >
                  {t("edit")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function UserEditor({
  editing: { id, form },
  change,
  save,
  cancel,
}: {
  editing: NonNullable<Editing>;
  change: (form: UserForm) => void;
  save: (event: Event) => void;
  cancel: () => void;
}) {
  const set = (some: Partial<UserForm>) => change({ ...form, ...some });
  const box = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => box.current?.querySelector("input")?.focus(), []);
  const text = (name: "login" | "name" | "extension") => (
    <label>
      {t(name)}
      <input
        required={name !== "extension"}
        autocomplete="off"
        value={form[name] ?? ""}
        onInput={(e) => set({ [name]: e.currentTarget.value })}
      />
    </label>
  );
  const check = (
    name: "active" | "may_pick" | "may_record" | "sees_protected",
    word: Parameters<typeof t>[0],
  ) => (
    <label class="check">
      <input
        type="checkbox"
        checked={form[name] ?? false}
        onChange={(e) => set({ [name]: e.currentTarget.checked })}
      />{" "}
      {t(word)}
    </label>
  );
  return (
    <form class="editor" onSubmit={save} ref={box} aria-label={id === null ? t("addUser") : form.name}>
      {text("login")}
      {text("name")}
      {text("extension")}
      <label>
        {t("role")}
        <select value={form.role ?? "agent"} onChange={(e) => set({ role: e.currentTarget.value as Role })}>
          {(["agent", "supervisor", "administrator"] as const).map((one) => (
            <option key={one} value={one}>
              {t(`role_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("organisation")}
        <select
          value={form.organisation_id}
          onChange={(e) => set({ organisation_id: Number(e.currentTarget.value) })}
        >
          {Object.values(state.value.organisations).map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("capacity")}
        <input
          type="number"
          min={0}
          max={50}
          value={form.written_capacity ?? 3}
          onInput={(e) => set({ written_capacity: Number(e.currentTarget.value) })}
        />
      </label>
      <Skills skills={form.skills ?? {}} change={(skills) => set({ skills })} />
      <label>
        {t("newPassword")}
        <input
          type="password"
          autocomplete="new-password"
          minLength={10}
          onInput={(e) => {
            const { password: _, ...rest } = form;
            const secret = e.currentTarget.value;
            change(secret ? { ...rest, password: secret } : rest);
          }}
        />
      </label>
      <Queues chosen={form.queues ?? []} change={(queues) => set({ queues })} />
      <fieldset>
        <legend>{t("rights")}</legend>
        {check("active", "active")}
        {check("may_pick", "mayPick")}
        {check("may_record", "mayRecord")}
        {check("sees_protected", "seesProtected")}
      </fieldset>
      <p class="buttons">
        <button type="button" onClick={cancel}>
          {t("cancel")}
        </button>
        <button type="submit" class="primary">
          {t("save")}
        </button>
      </p>
    </form>
  );
}

function Skills({
  skills,
  change,
}: {
  skills: Record<string, number>;
  change: (skills: Record<string, number>) => void;
}) {
  const words = useSignal(skillsText(skills));
  return (
    <label>
      {t("skillsHint")}
      <input
        value={words.value}
        autocomplete="off"
        onInput={(e) => {
          const found = readSkills(e.currentTarget.value);
          words.value = e.currentTarget.value;
          e.currentTarget.setCustomValidity(found ? "" : t("skillsHint"));
          if (found) change(found);
        }}
      />
    </label>
  );
}

/** None chosen: every queue of the own organisation and those below it. */
function Queues({ chosen, change }: { chosen: number[]; change: (queues: number[]) => void }) {
  return (
    <fieldset>
      <legend>{t("queuesHint")}</legend>
      {Object.values(state.value.queues).map((queue) => (
        <label class="check" key={queue.id}>
          <input
            type="checkbox"
            checked={chosen.includes(queue.id)}
            onChange={(e) =>
              change(
                e.currentTarget.checked ? [...chosen, queue.id] : chosen.filter((one) => one !== queue.id),
              )
            }
          />{" "}
          {queue.name}
        </label>
      ))}
    </fieldset>
  );
}

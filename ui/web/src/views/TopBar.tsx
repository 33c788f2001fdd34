import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { remove } from "../api";
import { duration } from "../format";
import { language, t, tCode, type Word } from "../i18n";
import { singles, sound, theme } from "../preferences";
import {
  act,
  dialog,
  go,
  isAdministrator,
  isSupervisor,
  leave,
  me,
  myAgent,
  now,
  route,
  searched,
  setLanguage,
  state,
  welcome,
} from "../store";
import { Icon } from "./Icon";
import { PhoneBar } from "./PhoneBar";

export function TopBar() {
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label={t("app")}>
        <img src="/static/favicon.svg" alt="" width="26" height="26" />
        <span>{t("app")}</span>
      </a>
      <Navigation />
      <SearchBox />
      <button
        type="button"
        class="tool"
        onClick={() => {
          dialog.value = "register";
        }}
        title={t("newContact")}
        data-testid="register"
      >
        <Icon name="plus" /> <span class="words">{t("newContact")}</span> <kbd>Alt N</kbd>
      </button>
      <button
        type="button"
        class="tool"
        aria-label={t("help")}
        title={`${t("help")} (?)`}
        data-testid="help"
        onClick={() => {
          dialog.value = "help";
        }}
      >
        <Icon name="help" />
      </button>
      <PhoneBar />
      <Presence />
    </header>
  );
}

function Navigation() {
  const open = useSignal(false);
  const view = route.value.view;
  useEffect(() => {
    open.value = false;
  }, [route.value]);
  const item = (
    name: "work" | "directory" | "history" | "administration" | "messages" | "replay",
    word: Word = name as Word,
  ) => (
    <a href={name === "work" ? "#/" : `#/${name}`} aria-current={view === name ? "page" : undefined}>
      {t(word)}
    </a>
  );
  const outside = (address: string, name: string) => (
    <a href={address} target="_blank" rel="noreferrer">
      {name} <span class="hidden">{t("newTab")}</span>
    </a>
  );
  return (
    <>
      <button
        type="button"
        class="tool burger"
        aria-label={t("menu")}
        aria-expanded={open.value}
        aria-controls="navigation"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="menu" />
      </button>
      <nav id="navigation" class={open.value ? "open" : ""} aria-label={t("menu")}>
        {item("work")}
        {item("directory")}
        {isSupervisor.value && outside("/wallboard", t("wallboard"))}
        {isSupervisor.value && item("history")}
        {isSupervisor.value && item("replay")}
        {isSupervisor.value && item("messages")}
        {isAdministrator.value && item("administration")}
        {welcome.value?.sink && outside("/sink", t("sink"))}
      </nav>
    </>
  );
}

function SearchBox() {
  const words = useSignal(searched.value);
  const submit = (event: Event) => {
    event.preventDefault();
    searched.value = words.value.trim();
    go(searched.value ? "search" : "work");
  };
  return (
    <form role="search" aria-label={t("search")} class="search" onSubmit={submit}>
      <Icon name="search" size={16} />
      <input
        id="search"
        type="search"
        data-testid="search"
        aria-label={t("search")}
        placeholder={t("searchHint")}
        autocomplete="off"
        value={words.value}
        onFocus={(e) => e.currentTarget.select()}
        onInput={(e) => {
          words.value = e.currentTarget.value;
        }}
        onKeyDown={(e) => {
          if (e.key === "Escape") e.currentTarget.blur();
        }}
      />
      <kbd>/</kbd>
    </form>
  );
}

function Presence() {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const agent = myAgent.value;
  const status = agent?.state ?? "signed_out";
  const since = agent?.since ? duration((now.value - Date.parse(agent.since)) / 1000) : "";
  const left = agent?.wrap_up_until
    ? Math.max(0, (Date.parse(agent.wrap_up_until) - now.value) / 1000)
    : null;
  useEffect(() => {
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) open.value = false;
    };
    window.addEventListener("pointerdown", away);
    window.addEventListener("focusin", away);
    return () => {
      window.removeEventListener("pointerdown", away);
      window.removeEventListener("focusin", away);
    };
  }, [open]);
  const reason = agent?.reason ? tCode("reason", agent.reason) : "";
  return (
    <div class="presence" ref={box}>
      {status === "wrapping_up" && (
        <button type="button" class="tool wrap" onClick={() => void act("end_wrap_up", {})}>
          {t("endWrapUp")} {left !== null && <span class="number">{duration(left)}</span>}
        </button>
      )}
      {status === "wrapping_up" && (
        <button
          type="button"
          class="tool"
          data-testid="more-time"
          title="Alt + Z"
          onClick={() => void act("prolong_wrap_up", {})}
        >
          {t("moreTime")}
        </button>
      )}
      {status !== "available" && status !== "wrapping_up" && status !== "busy" && (
        <button
          type="button"
          class="tool primary"
          data-testid="become-available"
          onClick={() => void act("set_presence", { state: "available" })}
        >
          {t("becomeAvailable")}
        </button>
      )}
      <button
        type="button"
        class={`state state-${status}`}
        aria-haspopup="true"
        aria-expanded={open.value}
        data-testid="presence"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <span class="dot" aria-hidden="true" />
        <span class="who">
          <strong>{me.value?.name}</strong>
          <span>
            {tCode("state", status)}
            {reason && `: ${reason}`}{" "}
            <span class="number" aria-hidden="true">
              {since}
            </span>
          </span>
        </span>
        <Icon name="down" size={14} />
      </button>
      {open.value && (
        <PresenceMenu
          close={() => {
            open.value = false;
          }}
        />
      )}
    </div>
  );
}

function PresenceMenu({ close }: { close: () => void }) {
  const reasons = (state.value.settings.routing?.away_reasons ?? []).filter((one) => one !== "no_answer");
  const choose = (run: () => unknown) => () => {
    close();
    run();
  };
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <div
      class="menu"
      role="group"
      aria-label={t("presence")}
      onKeyDown={(e) => {
        if (e.key === "Escape") {
          e.stopPropagation();
          close();
        }
      }}
    >
      <button type="button" ref={first} onClick={choose(() => act("set_presence", { state: "available" }))}>
        <span class="dot state-available" aria-hidden="true" /> {t("state_available")} <kbd>Alt T</kbd>
      </button>
      {reasons.map((reason) => (
        <button
          type="button"
          key={reason}
          onClick={choose(() => act("set_presence", { state: "away", reason }))}
        >
          <span class="dot state-away" aria-hidden="true" />{" "}
          {t("awayBecause", { reason: tCode("reason", reason) })}
        </button>
      ))}
      <hr />
      <label>
        {t("language")}
        <select value={language.value} onChange={(e) => setLanguage(e.currentTarget.value as "sv" | "en")}>
          <option value="sv">Svenska</option>
          <option value="en">English</option>
        </select>
      </label>
      <label>
        {t("theme")}
        <select
          value={theme.value}
          onChange={(e) => {
            theme.value = e.currentTarget.value as "auto";
          }}
        >
          <option value="auto">{t("theme_auto")}</option>
          <option value="light">{t("theme_light")}</option>
          <option value="dark">{t("theme_dark")}</option>
        </select>
      </label>
      <Switch word="singleKeys" value={singles} />
      <Switch word="soundOnOffer" value={sound} />
      <hr />
      <button
        type="button"
        data-testid="sign-out"
        onClick={choose(async () => {
          await remove("/api/console/session").catch(() => undefined);
          leave(true);
        })}
      >
        <Icon name="out" size={16} /> {t("signOut")}
      </button>
    </div>
  );
}

function Switch({ word, value }: { word: "singleKeys" | "soundOnOffer"; value: { value: boolean } }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        onChange={(e) => {
          value.value = e.currentTarget.checked;
        }}
      />
      {t(word)}
    </label>
  );
}

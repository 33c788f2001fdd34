import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { dialog } from "../store";
import { Icon } from "./Icon";

/** A native modal dialog: keeps the focus inside, gives it back afterwards, ends with Escape. */
export function Modal({
  title,
  testId,
  wide,
  children,
}: {
  title: string;
  testId?: string;
  wide?: boolean;
  children: preact.ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  // At once, before the next key arrives. What is marked with data-focus inside has the focus first.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    box.current?.querySelector<HTMLElement>("[data-focus]")?.focus();
    return () => before?.focus?.();
  }, []);
  const close = () => {
    dialog.value = null;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a native dialog already
    <dialog
      ref={box}
      class={wide ? "wide" : ""}
      aria-labelledby="dialog-title"
      data-testid={testId}
      onClose={close}
      onCancel={close}
      onClick={(e) => {
        if (e.target === box.current) close();
      }}
    >
      <div class="dialog">
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="plain" aria-label={t("dismiss")} onClick={close}>
            <Icon name="close" size={16} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Buttons to choose one of; a digit chooses too. */
export function Choices<T extends string | number>({
  options,
  choose,
  label,
  testId,
}: {
  options: { value: T; text: string; more?: string }[];
  choose: (value: T) => void;
  label: string;
  testId?: string;
}) {
  const list = useRef<HTMLDivElement>(null);
  // In a dialog that is open already (the topic was chosen first) nobody else gives the focus.
  useLayoutEffect(() => {
    if (list.current?.closest("dialog[open]")) list.current.querySelector("button")?.focus();
  }, []);
  const onKey = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) buttons[(at + step + buttons.length) % buttons.length]?.focus();
    else if (/^[1-9]$/.test(event.key) && options[Number(event.key) - 1])
      choose((options[Number(event.key) - 1] as { value: T }).value);
    else return;
    event.preventDefault();
  };
  return (
    <div class="choices" role="group" aria-label={label} ref={list} onKeyDown={onKey}>
      {options.map((option, n) => (
        <button
          type="button"
          key={option.value}
          data-focus={n === 0 ? "" : undefined}
          onClick={() => choose(option.value)}
          data-testid={testId && `${testId}-${option.value}`}
        >
          {n < 9 && <kbd>{n + 1}</kbd>} <span>{option.text}</span>{" "}
          {option.more && <span class="quiet">{option.more}</span>}
        </button>
      ))}
    </div>
  );
}

import { t } from "../i18n";
import { dialog } from "../store";

/** Close the open dialog. */
export const shut = () => {
  dialog.value = null;
};

/** A text field of several lines; Ctrl and Enter sends. */
export function Area({
  label,
  value,
  testId,
  submit,
  first = false,
}: {
  label: string;
  value: { value: string };
  testId?: string;
  submit: () => void;
  first?: boolean;
}) {
  return (
    <label>
      {label}
      <textarea
        rows={4}
        data-focus={first ? "" : undefined}
        value={value.value}
        data-testid={testId}
        onInput={(e) => {
          value.value = e.currentTarget.value;
        }}
        onKeyDown={(e) => {
          if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            submit();
          }
        }}
      />
    </label>
  );
}

export function Buttons({ submit, disabled }: { submit: string; disabled?: boolean }) {
  return (
    <div class="buttons">
      <button type="button" onClick={shut}>
        {t("cancel")}
      </button>
      <button type="submit" class="primary" disabled={!!disabled} data-testid="dialog-submit">
        {submit}
      </button>
    </div>
  );
}

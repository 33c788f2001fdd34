import type { svSeal } from "./sv-seal";

export const enSeal: Record<keyof typeof svSeal, string> = {
  sealSigned_valid: "Signed by {by} ({address}).",
  sealSigned_changed: "The signature does not hold: the message was changed after it was signed.",
  sealSigned_weak: "The signature is of a kind that can be forged. It proves nothing.",
  sealSigned_unreadable: "The message is signed, but the signature cannot be read.",
  sealSigned_unknown_issuer:
    "Signed by {by}, but the issuer ({issuer}) is not known. It does not prove who the sender is.",
  sealSigned_expired: "Signed by {by}, but the certificate ran out {expires}.",
  sealSigned_other_address: "Signed by {by} ({address}), who is not the sender of the message.",
  sealAt: "Signed {at}, says the sender.",
  sealIssuer: "The certificate was issued by {issuer} and is valid until {expires}.",
  sealOpened: "Encrypted on its way here.",
  sealUnsealed:
    "Encrypted on its way here, but not protected against changes. Images from elsewhere are never loaded.",
  sealNoKey: "The message is encrypted for somebody else than us and cannot be read here.",
  sealDamaged: "The message is encrypted but damaged, and cannot be read.",
  sealSentSigned: "Sent signed.",
  sealSentEncrypted: "Sent signed, and encrypted to {to}.",
  sealSentOpen: "Sent without encryption.",
  sealWillSign: "Will be signed",
  sealWillEncrypt: "Will be signed and encrypted",
  sealWillEncryptSome: "Will be signed; encrypted only to {to}",
  sealOff: "Send without encryption",
  mailKnownList: "Mailing list",
  mailUnsubscribe: "The list's offer to unsubscribe (the contact centre does not open it)",
};

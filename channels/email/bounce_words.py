"""What mail servers write when they could not deliver: subjects, sentences and senders. Patterns only."""

import re

_I = re.IGNORECASE

SUBJECT = re.compile(
    r"^\W*(?:\[[^\]]{1,30}\]\s*)?(?:\*+[\w ]{1,20}\*+\s*)?(?:"
    r"undeliver(?:able|ed)\b|un?deliverable mail|undelivered mail returned|non[ -]?deliver(?:y|able)|"
    r"not delivered\b|mail (?:delivery )?(?:failed|failure|error|status|undeliverable)|"
    r"(?:e-?mail|message) (?:delivery )?(?:failure|failed|undeliverable|not delivered|could not be delivered|"
    r"delayed|bounced)|"
    r"deliver(?:y|ed)?:? (?:status notification|status|failure|failed|report|has failed|error|notification|"
    r"problem|unsuccessful|delayed|incomplete|impossible|reports about)|"
    r"failure (?:notice|delivery|notification|report)|failed (?:mail|delivery|message|to deliver)|"
    r"returned (?:mail|to sender|message|e-?mail)|return(?:ed)? receipt|"
    r"mail (?:system error|returned|could not be|not delivered|bounced|rejected|delayed|could|router|block)|"
    r"mailbox (?:full|unavailable|is full|quota)|"
    r"warning:? (?:could not send|message|mail|e-?mail)|nondeliverable|unzustellbar|unable to deliver|"
    r"could not (?:be )?deliver|cannot send|bounced?:|"
    r"user unknown|address (?:error|not found|rejected)|recipient (?:unknown|rejected)|"
    r"permanent (?:delivery )?(?:failure|error)|rejected (?:mail|message)|postmaster notify|"
    r"message (?:status|could not|notification|you sent blocked|rejected|blocked|delivery|from .{1,60} blocked)|"
    r"problem(?:s)? (?:delivering|with your message)|unknown (?:user|recipient)|dsn\b|"
    r"olevererbart|oleverer(?:ad|at)|ej levererat|obeställ ?bar\w*|(?:det )?går inte att leverera|"
    r"det gick inte att leverera|kan inte leverera|leverans(?:fel|status|rapport|en misslyckades|meddelande)|"
    r"leveransen |felaktig leverans|meddelandet kunde inte levereras|returnerad post|retur:|"
    r"kan ikke leveres|kunne ikke leveres|ikke levert|ulevert|uleverlig|ikke leveret|leveringsfeil|"
    r"leverings(?:status|rapport|fejl)|meddelelsen kunne|melding(?:en)? kunne|"
    r"toimittamaton|ei toimitettu|toimitus epäonnistui|viestiä ei voitu|ei voitu toimittaa|toimittaminen|"
    r"nicht zustellbar|unzustellbar|zustell(?:ung|fehler|status|benachrichtigung)|nachricht (?:konnte )?nicht|"
    r"mail konnte nicht|fehlgeschlagen|"
    r"non remis|non distribu|échec (?:de )?(?:la )?(?:remise|distribution|livraison|d'envoi)|message non|"
    r"retour (?:de mail|à l)|notification d.état|courrier non|avis de non[ -]|remise|"
    r"no se (?:puede|pudo|ha podido) entregar|no entregado|no se entreg|correo devuelto|error (?:en la|"
    r"de) entrega|notificación (?:del |de )?estado|mensaje (?:no|rechazado)|imposible entregar|"
    r"non recapitabile|impossibile (?:recapitare|consegnare)|mancat[ao] (?:recapito|consegna)|"
    r"notifica(?:zione)? (?:dello |di )?stato|messaggio non|avviso di mancata|"
    r"posta certificata: avviso di mancata|avviso di mancata|"
    r"não (?:é possível|foi possível|entreg)|falha (?:na|ao|de) entreg|mensagem não|não entregue|"
    r"e-?mail não entregue|notificação de status|mensagem devolvida|"
    r"onbestelbaar|kan niet (?:worden )?(?:bezorgd|afgeleverd)|niet (?:bezorgd|afgeleverd)|bezorging|aflevering|"
    r"fout bij bezorg|"
    r"niedostarcz|nie można dostarczyć|nie dostarczono|zwrot (?:poczty|wiadomości)|niedoręcz|błąd dostar|"
    r"nedoručiteln|nedoruč|nelze doručit|zprávu nelze|нестаб|недостав|не удалось доставить|"
    r"сообщение не доставлено|не доставлено|возврат|невозможно доставить|"
    r"kézbesíthetetlen|nem kézbesíthető|sikertelen kézbesítés|kézbesítés|teslim edilem|iletilem|gönderilemedi|"
    r"teslimat|kättetoimetamatu|ei saanud|kohaletoimeta|"
    r"配信(?:不能|できません|失敗|エラー|不可)|配達(?:不能|できません)|送信(?:できません|失敗|エラー)|"
    r"メール(?:を|が)?(?:配信|送信|届)|宛先不明|无法(?:投递|传递|送达|投遞)|"
    r"未送达|退信|系统退信|無法(?:傳遞|投遞|送達)|投递失败|傳遞失敗|传递失败"
    r")",
    _I,
)  # fmt: skip
PROGRAM = re.compile(
    r"^\W*(?:undeliverable: |undelivered mail returned to sender|mail delivery failed: |delivery status notification|"
    r"returned mail: (?:see|user|host)|olevererbart: |obeställ ?bart: |går inte att leverera: |unzustellbar: |"
    r"non remis ?: |no se puede entregar: |onbestelbaar: |kan ikke leveres: |non recapitabile: |niedostarczalne: )",
    _I,
)
"""Subjects that only programs write, whoever the sender seems to be."""
DELAYED_SUBJECT = re.compile(
    r"delay|warning: (?:could not send|message)|\bförsenad|försenat|verzögert|retard[ée]|retras|ritard|vertraag|"
    r"opóźnion|fördröjd|forsinket|viivästy|задержк|配信遅延|延迟|延遲", _I
)  # fmt: skip
FAILED_TEXT = re.compile(
    r"(?:could ?n.t|could not|can ?not|can.t|unable to|not able to|failed to|wasn.t able to|were unable to|"
    r"was not|were not|has not been|couldn.t be|failure) (?:be )?(?:\w+ ){0,3}?(?:deliver|reach|sen[dt]|relay|"
    r"process|complet|accept|find|found)|"
    r"undeliver|permanent (?:fatal )?(?:error|failure)|delivery (?:has )?(?:failed|to the following)|(?:does not|"
    r"doesn.t) exist|no such (?:user|recipient|mailbox|person)|(?:user|recipient|address|"
    r"mailbox) (?:\w+ )?(?:unknown|rejected|not found|unavailable|disabled|full)|"
    r"unknown (?:user|recipient|address|local)|over (?:its |their |the )?quota|quota exceeded|"
    r"mailbox (?:is )?(?:full|exceeded)|rejected your message|returned to (?:you|sender)|bounced|"
    r"kunde inte levereras|gick inte att leverera|inte leverera|nådde inte|finns inte|kan ikke leveres|"
    r"kunne ikke leveres|ble ikke levert|blev ikke leveret|ei voitu toimittaa|ei toimitettu|"
    r"konnte nicht (?:zugestellt|ausgeliefert|übermittelt)|nicht zugestellt|"
    r"n.a pas pu être|n.ont pas pu|impossible de remettre|n.a pas été remis|échec|no se (?:ha )?(?:pudo|puede|"
    r"entreg)|impossibile|non è stato possibile|non (?:può|recapitat)|não (?:pôde|foi|pode) |kon niet worden|"
    r"niet worden (?:bezorgd|afgeleverd)|"
    r"nie (?:można|mogła|udało)|nelze doručit|nebylo možné|не (?:может|удалось|было|достав)|недостав|"
    r"nem (?:sikerült|lehet|kézbes)|iletilemedi|teslim edilemedi|ei (?:saanud|õnnestunud)|配信でき|届けられ|"
    r"送信でき|見つかりません|"
    r"无法|無法|没有送达|不存在|退回|\b55[0-4][ -]|\b5\.[0-7]\.\d{1,3}\b",
    _I,
)  # fmt: skip
DAEMON = re.compile(
    r"^(?:mailer[-_. ]?daemon|mail[-_.]?daemon|postmaster\w*|mdaemon|maildaemon|mail(?:er)?[-_.]?(?:deliver(?:y|"
    r"er)|system|subsystem|admin(?:istrator)?)|mailgateway|microsoftexchange\w*|"
    r"delivery[-_.]?(?:status|subsystem|failure|notification)?|bounce[sd]?[-_.]?(?:handler|notification)?|"
    r"mailerdaemon|mmdf|uucp|nobody-bounce|maild|majordomo-owner|mail-delivery(?:-system)?|sendmail-bounce|"
    r"postoffice|double-bounce)(?:[+=_-][^@]*)?(?:@|$)",
    _I,
)  # fmt: skip
DAEMON_NAME = re.compile(
    r"^\W*(?:mail(?:er)?[ -]?(?:daemon|delivery (?:sub)?system|delivery service|system|administrator|router|"
    r"server|subsystem)|mail delivery|mdaemon(?: at)?|postmaster|internet mail delivery|delivery subsystem|"
    r"system administrator|systemadministratör|systemadministrator|microsoft (?:outlook|exchange)\b(?!.*team)|"
    r"postbud|administrador del sistema|administrateur système|amministratore di sistema|järjestelmänvalvoja|"
    r"e-?mail delivery|mail gateway|bounce (?:handler|notification)|wp\.pl|lotus notes router|message delivery|"
    r"mail deliver|the post office)",
    _I,
)  # fmt: skip
ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}"

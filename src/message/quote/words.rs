//! What the mail programs write above a quotation, by language. All in lower case, a language or family a line, with
//! bars between; blanks stand for any white space.

/// Verbs of "On ... X wrote:".
pub(super) const WROTE: &[&str] = &[
    // English, German, Dutch
    "wrote|writes|has written|sent|schrieb|schrieben|hat geschrieben|geschrieben|schreef|heeft geschreven",
    "geschreven|het volgende geschreven",
    // French, Spanish, Catalan, Galician, Portuguese, Italian, Romanian
    "a écrit|a ecrit|écrit|escribió|escribio|escribe|va escriure|ha escrit|escribiu|escreveu|ha scritto",
    "scrive|a scris",
    // Danish, Norwegian, Swedish, Icelandic, Finnish, Estonian
    "skrev|skriver|følgende|skrifaði|kirjoitti|kirjutas",
    // Polish, Czech, Slovak, Slovene, Croatian, Hungarian, Lithuanian, Latvian
    "napisał|napisała|napisał(a)|napisala|napisal|pisze|napsal|napsala|napsal(a)|napísal|napísala",
    "napísal(a)|je napisal|je napisao|napisao|napisala je|írta|ezt írta|rašė|parašė|rakstīja",
    // Russian, Ukrainian, Bulgarian, Greek, Turkish
    "написал|написала|написал(а)|пишет|писал|писала|писал(а)|написав|написала|пише|написа",
    "έγραψε|έγραψαν|yazdı|şunları yazdı",
    // Vietnamese, Indonesian, Japanese, Chinese, Korean
    "đã viết|viết|menulis|さんは書きました|は書きました|が書きました|のメール|のメッセージ|wrote",
    "写道|寫道|写到|님이 작성|작성",
];

/// Words that begin the line of an introduction, before the date.
pub(super) const OPENERS: &[&str] = &[
    "on|at|am|le|el|il giorno|il|em|no dia|a|op|w dniu|dnia|den|på|dne|dňa|dana",
    "v|în|pe|vào|στις|в|во|на|kl|在|于|el dia|o dia|pada|the",
];

/// Label of the field From in a header copied into the text.
pub(super) const FROM: &[&str] = &[
    "from|von|de|da|van|fra|från|od|от|від|mittente|lähettäjä|expéditeur|remitente",
    "kimden|gönderen|feladó|odesílatel|afzender|absender|reply-to|发件人|寄件者|寄件人|差出人|送信者",
    "보낸 사람|보낸사람|από|de la|saatja|nuo|no|frá|مِن|من|מאת|จาก|từ|dari|sender|nadawca|avsender|afsender|avsändare|odosielateľ|відправник|отправитель",
];

/// Labels of the date.
pub(super) const DATE: &[&str] = &[
    "sent|date|gesendet|gesendet am|datum|envoyé|envoyé le|enviado|enviado el|enviado em|enviada|enviada em",
    "enviado a las|fecha|inviato|data|data invio|verzonden|verzonden op|wysłano|wysłane|skickat|sendt|dato|lähetetty",
    "päivämäärä|päiväys|pvm|data wysłania|data wysłano|odesláno dne|datum odeslání|odesláno|odoslané|отправлено|дата|дата отправки|надіслано|发送时间|发送日期|日期",
    "寄件日期|送信日時|日付|日時|보낸 날짜|날짜|tarih|gönderildi|küldve|elküldve|dátum|ημερομηνία",
    "στάλθηκε|trimis|poslano|poslato|sent on|sent at|message du|le|saadetud|išsiųsta|nosūtīts|vào lúc|ngày|tanggal|dikirim",
];

/// Those of them that people use, too, with bars between; "Sent" is a program's.
pub(super) const EVERYDAY_DATE: &str =
    "date|datum|data|fecha|dato|дата|日期|日付|日時|날짜|tarih|dátum|päiv|ημερομηνία|le |ngày|tanggal";

/// Labels of the recipients.
pub(super) const TO: &[&str] = &[
    "to|an|à|a|para|aan|do|dla|till|til|vastaanottaja|komu|кому|收件人|收件者|宛先",
    "받는 사람|받는사람|kime|alıcı|címzett|προς|către|za|destinataire|destinatario|destinatário|empfänger|kam|saaja",
    "đến|kepada|adresat|odbiorca|mottagare|modtager|mottaker|ontvanger|příjemce|получатель|recipient|recipients",
];

/// Labels of the subject.
pub(super) const SUBJECT: &[&str] = &[
    "subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|ämne|emne|aihe|otsikko|předmět",
    "predmet|тема|主题|主旨|标题|件名|제목|konu|tárgy|θέμα|subiect|assumpte|teema|tema|efni|chủ đề|perihal",
];

/// Labels of other fields.
pub(super) const OTHER: &[&str] = &[
    "cc|kopie|copie|copia|kopia|kopi|kopio|copia a|cópia|copie à|copia à|dw|копия|抄送|副本|참조|bcc|reply-to|antwort an",
    "attachments|anlagen|importance|priority|wichtigkeit|priorität|in-reply-to|message-id|organization|x-mailer",
    "delivered-to|répondre à|responder a|rispondi a|resent-from",
];

/// What stands between the hyphens above an answered mail.
pub(super) const ORIGINAL: &[&str] = &[
    "original message|original appointment|original-nachricht|originalnachricht|originalmeldung|ursprüngliche nachricht|ursprungliche nachricht|ursprünglicher termin",
    "ursprüngliche mail|message d'origine|message d’origine|message original|message initial|courriel original|mail original|e-mail d'origine",
    "mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|originele bericht",
    "wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|ursprungligt meddelande|originalmeddelande|oprindelig meddelelse|oprindelig besked|oprindelig mail|original meddelelse|opprinnelig melding|original melding",
    "opprinnelig e-post|alkuperäinen viesti|původní zpráva|původní e-mail|pôvodná správa|исходное сообщение|исходное письмо|оригинальное сообщение|пересылаемое сообщение",
    "оригінальне повідомлення|原始邮件|邮件原件|原始郵件|原郵件|元のメッセージ|original mail|original email|original e-mail|orijinal ileti|özgün ileti|eredeti üzenet",
    "αρχικό μήνυμα|mesaj original|mesajul original|izvorna poruka|originalna poruka|izvirno sporočilo|missatge original|원본 메시지|reply message|replied message|answer original message",
    "původní správa|původní email|pôvodný e-mail|viesti alkuperäinen|antwort-nachricht|antwort nachricht|回复的原邮件|回复邮件",
];

/// What stands between the hyphens, or alone before a colon, above a forwarded mail.
pub(super) const FORWARDED: &[&str] = &[
    "forwarded message|begin forwarded message|forwarded by|forwarded mail|forwarded email|forward message|weitergeleitete nachricht|weitergeleitete mail",
    "anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|weitergeleitet von|message transféré|message transmis|début du message transféré|début du message réexpédié",
    "début de message transféré|courriel transféré|transféré par|mensaje reenviado|inicio del mensaje reenviado|mensaje enviado|messaggio inoltrato|inizio messaggio inoltrato|inoltrato da",
    "mensagem encaminhada|mensagem reenviada|início da mensagem encaminhada|início da mensagem reenviada|doorgestuurd bericht|begin doorgestuurd bericht|wiadomość przekazana|przekazana wiadomość|przesłana wiadomość|wiadomość przesłana dalej",
    "początek przekazanej wiadomości|początek przekazywanej wiadomości|wiadomość przekazana dalej|início da mensagem reencaminhada|mensagem reencaminhada|edelleen lähetetty viesti|转发的消息|转发邮件|dalej wiadomość|treść przekazanej wiadomości|vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mejl|videresendt meddelelse|videresendt besked|videresendt melding|videresendt e-post|start på videresendt melding",
    "start på videresendt besked|påbegynn videresendt melding|välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa|přeposlaná zpráva|začátek přeposílané zprávy|preposlaná správa|пересланное сообщение|пересылаемое сообщение",
    "начало переадресованного сообщения|перенаправленное сообщение|переслане повідомлення|переслане повiдомлення|转发的邮件|轉寄的郵件|被转发邮件信息|转发邮件信息|開始轉寄郵件|下面是被转发的邮件|転送メッセージ|転送されたメッセージ|以下に転送されたメッセージがあります",
    "전달된 메시지|전달된 메일|yönlendirilen ileti|iletilen mesaj|továbbított üzenet|προωθημένο μήνυμα|mesaj redirecționat|proslijeđena poruka|posredovano sporočilo|missatge reenviat",
];

//! What automatic answers say, by language. All in lower case, alternatives of a regular expression, a language a line.

/// A subject that begins so says itself that the answer is automatic.
pub(super) const SUBJECT_AUTOMATIC: &[&str] = &[
    // English
    "automatic reply|automatic response|automated reply|automated response|auto[- ]?reply|auto[- ]?response|autoresponder|auto[- ]?respon[ds]e?r? message|auto:|autoresponse",
    // German
    "automatische antwort|automatisch generierte antwort|automatische rückantwort|autom\\. antwort|automatische abwesenheitsantwort|automatische abwesenheitsnotiz|automatische empfangsbestätigung|automatische eingangsbestätigung",
    // French, Spanish, Catalan, Italian, Portuguese, Romanian
    "réponse automatique|reponse automatique|réponse d'absence|message automatique|respuesta automática|respuesta automatica|contestación automática|resposta automàtica|risposta automatica|messaggio automatico|resposta automática|resposta automatica|răspuns automat",
    // Dutch, Danish, Norwegian, Swedish, Finnish
    "automatisch antwoord|automatische reactie|automatisch bericht|automatisk svar|automatisk besvarelse|autosvar|automatiskt svar|automatsvar|automaattinen vastaus|automaattivastaus|automaattinen poissaoloilmoitus",
    // Polish, Czech, Slovak, Hungarian, Slovene, Croatian
    "odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|automatická odpověď|automatická odpoveď|automatikus válasz|samodejni odgovor|automatski odgovor",
    // Russian, Ukrainian, Bulgarian, Greek, Turkish
    "автоматический ответ|автоответ|автоответчик|автоматична відповідь|автоматичен отговор|αυτόματη απάντηση|otomatik yanıt|otomatik cevap",
    // Japanese, Chinese, Korean, Vietnamese, Hebrew, Arabic
    "自動応答|自動返信|【自動返信】|自动回复|自動回覆|自动答复|自動回复|자동 회신|자동 응답|자동회신|trả lời tự động|תשובה אוטומטית|מענה אוטומטי|رد تلقائي",
];

/// A subject about an absence: it may be a person's, too.
pub(super) const SUBJECT_ABSENCE: &[&str] = &[
    "out of (?:the )?office|out-of-office|ooo\\b|away from (?:my|the) (?:office|desk|mail|email)|on (?:annual |parental |maternity |sick )?leave|on vacation|on holidays?\\b|vacation (?:reply|response|message|notice)|absence notice|absent|i(?:'|’)?m away|i am away|away message|holiday notice|unavailable",
    "abwesenheit(?:snotiz|smeldung|sassistent|sbenachrichtigung|sinfo)?|abwesend|nicht im (?:büro|haus)|außer haus|ausser haus|im urlaub|urlaubs(?:notiz|meldung|vertretung|abwesenheit)|bin im urlaub|elternzeit|mutterschutz",
    "absence du bureau|absent(?:e)? du bureau|absen(?:ce|t|te)\\b|message d(?:'|’)absence|notification d(?:'|’)absence|en congés?|hors du bureau|je suis absent|avis d(?:'|’)absence|en vacances",
    "fuera de (?:la )?oficina|ausencia|ausente|de vacaciones|fuera del despacho|mensaje de ausencia|aviso de ausencia",
    "fuori (?:sede|ufficio)|fuori dall(?:'|’)ufficio|assenza|assente|in ferie|avviso di assenza",
    "fora do escritório|ausência|ausente|de férias|em férias|aviso de ausência|fora de escritório",
    "afwezig(?:heid|heidsmelding|heidsbericht)?|niet aanwezig|niet op kantoor|buiten kantoor|met vakantie|op vakantie|met verlof|afwezigheidsassistent",
    "nieobecno(?:ść|sci|ści)|nieobecn[ay]|poza biurem|na urlopie|urlop",
    "frånvaro(?:meddelande)?|frånvarande|inte på kontoret|på semester|semester|tjänstledig|föräldraledig",
    "fraværsmelding|fravær|ikke på kontoret|ikke til stede|på ferie|ferie|fraværende|ude af kontoret|fraværsbesked|feriemelding|permisjon|barselsorlov|barsel",
    "poissa(?:olo|oloilmoitus)?|en ole (?:paikalla|toimistolla)|lomalla|vuosilomalla",
    "mimo kancelář|nepřítomnost|nejsem v kanceláři|dovolená|na dovolené|mimo kanceláriu|neprítomnosť|dovolenka",
    "отсутстви[ея]|вне офиса|в отпуске|отпуск|отсутствую|нет на месте|немає на місці|у відпустці|відсутність",
    "不在(?:通知|のお知らせ|連絡)?|休暇|外出中|不在|休假|外出|出差|请假|離開辦公室|부재중|휴가",
    "házon kívül|szabadság|iroda dışı|ofis dışı|izinde|εκτός γραφείου|απουσία|în afara biroului|concediu|odsoten|odsutan|fora de l(?:'|’)oficina",
];

/// A text in which the writer says that he is away.
pub(super) const AWAY: &[&str] = &[
    // English
    "(?:i am|i(?:'|’)m|i will be|i(?:'|’)ll be|we are|currently|am) (?:currently |presently |now |temporarily )*(?:out of|away from|not in|not at) (?:the |my |our )?(?:office|desk|work)|(?:i am|i(?:'|’)m|i will be|i(?:'|’)ll be|currently) (?:currently |presently |now )*(?:on|taking) (?:my |an? |some )?(?:annual |parental |maternity |paternity |sick |extended |family |medical |study )?(?:leave|vacation|holidays?|pto|time off|business trip)|(?:i am|i(?:'|’)m|i will be|i(?:'|’)ll be) (?:currently )?(?:away|absent|unavailable|travell?ing|not available|out)\\b|out of (?:the )?office (?:until|till|from|through|and|with|on|this|today|for)|limited access to (?:my )?e-?mails?|no access to (?:my )?e-?mails?|our offices? (?:is|are|will be) (?:currently )?closed|no longer (?:works?|working|employed|with)\\b|has left (?:the company|our)|am no longer (?:with|at|employed)",
    // German
    "(?:ich bin|bin ich|wir sind|ich werde) .{0,60}(?:nicht (?:im (?:büro|haus|hause|dienst)|in meinem büro|erreichbar|anwesend|am arbeitsplatz|verfügbar|am platz|zu erreichen)|abwesend|außer haus|ausser haus|im urlaub|in urlaub|in elternzeit|im mutterschutz|auf dienstreise|auf geschäftsreise|unterwegs|verreist|krank)|bin ich .{0,40}wieder (?:im büro|erreichbar|für sie da|zurück)|wieder (?:im büro|im haus|im hause|erreichbar|für sie da|zurück|anwesend|da)\\b|keinen? zugriff auf (?:meine|mein) (?:e-?mails?|postfach)|nicht mehr (?:für|bei|in) .{2,60}(?:tätig|beschäftigt)|unser büro ist .{0,60}geschlossen",
    // French
    "je suis (?:actuellement |absente? |en |hors |momentanément )+.{0,40}(?:absente?|congés?|déplacement|vacances|bureau|indisponible|formation|arrêt)|je suis absente?|je serai (?:absente?|en congés?|de retour|en déplacement|indisponible|hors)|absente? du bureau|absente? (?:du|jusqu|pour|à partir)|de retour (?:le|au bureau|à partir)|en congés? (?:jusqu|du|à partir|maternité|annuel)|pas accès à (?:mes|ma) (?:mails?|e-?mails?|messagerie|courriels?)",
    // Spanish, Catalan
    "(?:estoy|estaré|me encuentro|me encontraré) .{0,40}(?:fuera de|ausente|de vacaciones|de viaje|de baja|de permiso|no disponible)|fuera de la oficina|no (?:estaré|estoy) (?:disponible|en la oficina)|sin acceso (?:a mi|al) correo|(?:regreso|volveré|regresaré|vuelvo|me reincorporaré|me reincorporo) (?:el|a la oficina|a partir)|acceso limitado (?:a mi|al) correo|estic fora de",
    // Italian
    "(?:sono|sarò|mi trovo) .{0,30}(?:fuori (?:ufficio|sede|dall)|assente|in ferie|in viaggio|in congedo|in maternità|in trasferta|in vacanza)|fuori (?:ufficio|sede) (?:fino|dal|e)|(?:rientrerò|sarò di (?:nuovo|ritorno)|tornerò|rientro) .{0,40}(?:il|in ufficio|disponibile|a partire)|accesso limitato alla (?:posta|mail|e-mail)",
    // Portuguese
    "(?:estou|estarei|encontro-me) .{0,40}(?:fora do escritório|ausente|de férias|em férias|de licença|em viagem|indisponível|fora d)|(?:regresso|voltarei|regressarei|retorno|retornarei|volto|estarei de volta) .{0,30}(?:no dia|em|ao|a partir|dia)|acesso limitado (?:ao|a) (?:meu )?e-?mail|sem acesso ao e-?mail",
    // Dutch
    "(?:ik ben|ben ik|wij zijn|ik zal) .{0,50}(?:afwezig|niet (?:aanwezig|op kantoor|bereikbaar|beschikbaar|in de gelegenheid)|met vakantie|op vakantie|met verlof|buiten kantoor|op zakenreis|weer (?:aanwezig|bereikbaar|op kantoor|terug))|afwezig (?:tot|van|t/m)|beperkt (?:bereikbaar|toegang tot mijn)|geen toegang tot mijn (?:e-?mail|mailbox)",
    // Polish
    "(?:jestem|będę|przebywam) .{0,40}(?:nieobecn|poza biurem|na urlopie|w delegacji|niedostępn|na zwolnieniu)|nieobecn[ay] (?:w|do|od|w biurze)|przebywam na|wracam (?:do (?:biura|pracy)|dnia|w dniu)|ograniczony dostęp do (?:poczty|e-?maila?|skrzynki)|nie mam dostępu do (?:poczty|skrzynki|e-?maila?)|do dnia .{3,30}(?:przebywam|jestem)",
    // Swedish
    "(?:jag är|är jag|jag har) .{0,40}(?:inte på (?:kontoret|plats)|på semester|ledig|tjänstledig|föräldraledig|bortrest|frånvarande|på tjänsteresa|tillbaka|semester)|åter (?:på kontoret|i tjänst|tillbaka)|begränsad (?:tillgång|möjlighet) (?:till|att läsa) (?:min )?(?:e-?post|mejl|mail)",
    // Danish, Norwegian
    "(?:jeg er|er jeg|jeg holder|jeg har) .{0,40}(?:ikke (?:på kontoret|til stede|tilgængelig|tilgjengelig|på jobb)|på ferie|ferie|fraværende|bortreist|bortrejst|på barsel|på orlov|i permisjon|på forretningsrejse|på reise|ute av kontoret|ude af kontoret|tilbage|tilbake|fri)|tilbage på kontoret|tilbake på kontoret|begrænset adgang til (?:min )?(?:e-?mail|mail)|begrenset tilgang til (?:min )?(?:e-?post)",
    // Finnish
    "(?:olen|en ole) .{0,40}(?:lomalla|poissa|vuosilomalla|työmatkalla|tavoitettavissa|toimistolla|paikalla|virkavapaalla|vanhempainvapaalla|matkoilla|vapaalla)|palaan (?:toimistolle|töihin|takaisin|\\d)|poissa toimistolta|luen sähköpost.{0,30}(?:palattuani|rajoitetusti|satunnaisesti)",
    // Czech, Slovak
    "(?:jsem|budu|nejsem|som|nie som) .{0,40}(?:mimo kancelář|na dovolené|nepřítom|v kanceláři|nedostupn|na služební cestě|mimo kanceláriu|na dovolenke|neprítomn)|(?:vracím se|vrátím se|budu zpět|budu opět|vrátim sa|vraciam sa) |omezený přístup k (?:e-?mail|poště)|čerpám dovolenou",
    // Russian, Ukrainian
    "(?:я |буду |нахожусь |сейчас ).{0,40}(?:в отпуске|в командировке|отсутств|вне офиса|на больничном|не на месте|недоступ)|отсутствую (?:в офисе|на рабочем месте|до|с)|нахожусь в (?:отпуске|командировке)|вернусь (?:\\d|в офис|на работу|к работе)|выйду на работу|ограничен(?:ный)? доступ к (?:почте|электронной)|перебуваю у відпустці|буду відсутн",
    // Japanese, Chinese, Korean
    "不在(?:にして|と(?:なり|させて)|です|の(?:ため|期間))|休暇(?:中|を(?:いただ|取得|頂)|の(?:ため|期間))|休業(?:期間|いたし|とさせて|の)|外出(?:中|して)|出張(?:中|の(?:ため)?|して)|(?:正在|目前|现在|现|在)?(?:休假|出差|外出|度假|不在办公室|不在辦公室|请假|請假)(?:中|期间|期間)?|办公室|부재중|휴가 ?중|출장 ?중",
    // Hungarian, Turkish, Greek, Romanian
    "(?:szabadságon|házon kívül|irodán kívül)|(?:izindeyim|ofis dışında|yıllık izin)|(?:απουσιάζω|εκτός γραφείου|σε άδεια)|(?:sunt plecat|sunt în concediu|nu sunt la birou)",
];

/// A text that speaks of mail as an automatic answer does: of the message received, its reading, a substitute.
pub(super) const HANDLING: &[&str] = &[
    "this is an automat(?:ic|ed) (?:reply|response|message|e-?mail|notification)|automatically (?:generated|sent) (?:reply|response|message|e-?mail)|auto-?(?:generated|reply|response)|thank(?:s| you)(?: very much)? for (?:your (?:e-?mail|message|mail|note)|e-?mailing|contacting|getting in touch|writing|reaching out)|your (?:e-?mail|message) (?:will|has been|is|won(?:'|’)t|was)|(?:e-?mails|messages|mail) (?:will|are|is) (?:not )?(?:be )?(?:read|forwarded|answered|monitored|checked|redirected)|(?:if|for|in|on|with) (?:this is |your (?:request|matter|enquiry|inquiry) is |you (?:need|require|have) (?:an? )?(?:something )?)?(?:any )?urgent|(?:for|in case of) (?:immediate|emergency|emergencies|pressing)|in my absence|upon my return|on my return|when i(?: a|'|’)?m? ?(?:return|get back|am back)|immediate (?:assistance|attention|help)|limited access|i will (?:respond|reply|answer|get back to you|read|attend to)",
    "(?:vielen|herzlichen|besten) dank für (?:ihre|deine|eure|die) (?:e-?mail|nachricht|mail|anfrage|zuschrift)|danke für (?:ihre|deine|eure|die) (?:e-?mail|nachricht|mail)|(?:ihre|deine|eure|die) (?:e-?mails?|nachrichten?|mails?) (?:wird|werden|wurde|ist|kann)|in dringenden (?:fällen|angelegenheiten)|bei dringenden|(?:wenden|wende) sie sich (?:bitte )?(?:an|in)|meine vertretung|vertritt mich|wird nicht (?:automatisch )?(?:weitergeleitet|gelesen)|automatisch(?:e|en)? (?:antwort|nachricht|generiert|erstellt)|während meiner abwesenheit|nach meiner rückkehr",
    "(?:j(?:'|’)ai bien reçu|nous avons bien reçu) votre|merci (?:de|pour) votre (?:message|mail|e-?mail|courriel)|votre (?:message|e-?mail|mail|courriel) (?:sera|ne sera|a (?:bien )?été)|en cas d(?:'|’)urgence|pour toute (?:urgence|demande urgente|question urgente)|en mon absence|pendant mon absence|à mon retour|dès mon retour|(?:ceci est|il s(?:'|’)agit d(?:'|’)un) (?:un )?(?:message|réponse) automatique|réponse automatique|message automatique",
    "gracias por (?:su|tu|el) (?:mensaje|correo|e-?mail)|gracias por (?:contactar|escribir|ponerse)|(?:su|tu) (?:mensaje|correo|e-?mail) (?:será|ha sido|no será)|(?:en caso de|para|si es|por) (?:asuntos |temas |algo |una |cualquier )?(?:urgen)|en mi ausencia|durante mi ausencia|a mi (?:regreso|vuelta)|(?:respuesta|mensaje) automátic[oa]",
    "grazie per (?:il (?:suo|tuo|vostro)|la (?:sua|tua|vostra)|aver(?:mi|ci)? )|(?:il|la) (?:suo|sua|tuo|tua|vostro|vostra) (?:messaggio|e-?mail|mail) (?:sarà|verrà|è stat|non)|(?:per|in caso di) (?:qualsiasi |questioni |comunicazioni |richieste |necessità )?urgen|durante la mia assenza|in mia assenza|al mio (?:rientro|ritorno)|(?:risposta|messaggio) automatic[oa]",
    "obrigad[oa] (?:por|pelo|pela) (?:seu|sua|o seu|a sua|tua|teu|contac|e-?mail|mensagem)|(?:o seu|a sua|seu|sua) (?:e-?mail|mensagem) (?:será|foi|não)|(?:em caso|para assuntos|para questões|se for|casos?) (?:de )?urg|na minha ausência|durante a minha ausência|(?:no|após o|quando do) meu (?:regresso|retorno)|(?:resposta|mensagem) automática",
    "(?:bedankt|dank|dank u|dank je|hartelijk dank) voor (?:uw|je|jouw|het) (?:e-?mail|mail|bericht)|(?:uw|je|jouw) (?:e-?mail|mail|bericht) (?:wordt|zal|is)|(?:voor|bij|in) (?:dringende|spoedeisende|urgente|noodgevallen|spoed)|tijdens mijn afwezigheid|bij mijn (?:terugkomst|terugkeer)|automatisch (?:bericht|antwoord|gegenereerd)",
    "dziękuję za (?:wiadomość|e-?mail|kontakt|pana|pani|państwa)|dziękujemy za (?:wiadomość|kontakt)|(?:twoja|pana|pani|państwa) wiadomość (?:zostanie|nie|została)|w (?:sprawach pilnych|pilnych sprawach|nagłych|przypadku pilnych)|podczas mojej nieobecności|po (?:moim )?powrocie|automatyczna (?:odpowiedź|wiadomość)",
    "tack för (?:ditt|er|ert|din) (?:mail|mejl|meddelande|e-?post)|(?:ditt|ert) (?:mail|mejl|meddelande|e-?postmeddelande) (?:kommer|vidarebefordras|läses)|(?:vid|i) brådskande|under min frånvaro|när jag är tillbaka|automatiskt (?:svar|genererat|meddelande)",
    "tak for (?:din|deres|jeres) (?:mail|e-?mail|besked|henvendelse)|takk for (?:din|deres) (?:e-?post|mail|melding|henvendelse)|takk for e-?posten|(?:din|deres) (?:mail|e-?mail|e-?post|henvendelse) (?:bliver|vil|blir|vil bli)|(?:ved|i|for) (?:hastende|haste|presserende|akutte|hastesager)|under mit fravær|i mit fravær|i mitt fravær|når jeg (?:er|kommer) tilba(?:ge|ke)|automatisk (?:svar|besked|melding|generert|genereret)",
    "kiitos (?:viestistä|sähköpostista|yhteydenotosta)|(?:viesti|sähköposti)(?:ä|si|nne|äsi|änne)? (?:ei|luetaan|välitetään)|kiireellisiss|kiireisiss|poissaoloni aikana|palattuani|automaattinen (?:vastaus|viesti)",
    "děkuji za (?:váš|vaši|tvůj|e-?mail|zprávu)|děkujeme za (?:váš|vaši|zprávu)|ďakujem za (?:váš|vašu|správu)|(?:váš e-?mail|vaše zpráva|vaši zprávu) (?:bude|nebude|vyřídím)|v (?:naléhavých|urgentních|neodkladných|nutných|súrnych)|v (?:mé )?nepřítomnosti|po (?:svém |mém )?návratu|automatická (?:odpověď|odpoveď|zpráva)",
    "(?:спасибо|благодарю|благодарим) (?:вас )?за (?:ваше |ваш |твое |твоё )?(?:письмо|сообщение|обращение)|(?:ваше|твое|твоё) (?:письмо|сообщение) (?:будет|не будет|получено|было)|по (?:срочным|неотложным|всем срочным)|в (?:срочных|экстренных|случае срочн|моё отсутствие|мое отсутствие)|(?:после|по) (?:моего )?возвращени|автоматическ(?:ий|ое) (?:ответ|сообщение|уведомление)|дякую за (?:ваш )?лист",
    "自動(?:返信|応答|送信|配信)|(?:お急ぎ|緊急|至急)の(?:場合|方|際|ご(?:用件|連絡))|(?:メール|ご連絡|お問い?合わせ)(?:を)?(?:いただき|頂き|ありがとう)|(?:戻り|帰社|出社)(?:次第|後|しだい)|自动(?:回复|答复)|自動回[覆复]|(?:如有|若有|如果有|有)?(?:紧急|緊急|急事|要事)|(?:您的|你的)(?:邮件|郵件|来信|來信)(?:我)?(?:已|将|會|会)|(?:回来|返回|回來|回到)(?:后|後|办公室)|자동 ?(?:회신|응답)|긴급한?",
];

/// That an absence lasts at the moment, as templates say it.
pub(super) const LASTING: &[&str] = &[
    "\\b(?:currently|presently|until|till|zur ?zeit|derzeit|momentan|aktuell|bis|actuellement|jusqu|actualmente|hasta|attualmente|fino al?|atualmente|até|momenteel|tot|obecnie|do (?:\\d+|dnia|końca|konce)|för närvarande|till|for tiden|i øjeblikket|til|momentálně|v současnosti)\\b",
    "(?:asti|saakka|tällä hetkellä|в настоящее время|сейчас|\\b(?:до|по) \\d|目前|现在|正在|ただいま|まで|至)",
];

/// A text by which a machine says that it is one.
pub(super) const MACHINE: &[&str] = &[
    "(?:this is an|this) (?:automat(?:ic|ed|ically generated)|auto-?generated|system[- ]generated) (?:e-?mail|message|notification|reply|response|mail|email)|this (?:e-?mail|message|mail) (?:was|has been|is) (?:sent|generated|created) automatically|automatically generated (?:e-?mail|message|mail|notification|reply|response)|unattended mailbox|mailbox is not monitored",
    "diese (?:e-?mail|nachricht|mail) wurde automatisch|dies ist eine automatisch|automatisch (?:erstellte|generierte|erzeugte) (?:e-?mail|nachricht|mail|antwort)",
    "(?:ceci est|cet? (?:e-?mail|message|courriel) (?:est|a été)) .{0,30}(?:automatique|automatiquement)|este (?:es un )?(?:mensaje|correo|e-?mail) (?:ha sido |fue |es |se )?.{0,20}automátic|(?:questo|questa) .{0,30}(?:generat|inviat)[oa] automaticamente|esta? (?:é uma )?(?:mensagem|e-?mail) .{0,20}automátic|dit is een automatisch|(?:deze e-?mail|dit bericht) is automatisch|wiadomość (?:została )?wygenerowana automatycznie|это (?:сообщение|письмо) .{0,30}автоматически|このメールは(?:自動|システム)|本邮件(?:由|为).{0,10}(?:系统|自动)|此邮件(?:由|为).{0,10}(?:系统|自动)",
];

/// A request not to answer: machines write it, and persons now and then.
pub(super) const NO_ANSWER: &[&str] = &[
    "(?:please )?do not (?:reply|respond) to this (?:e-?mail|message|mail|automated)",
    "bitte (?:antworten sie|nicht) (?:nicht )?auf diese (?:e-?mail|nachricht|mail)",
    "merci de ne pas répondre",
    "veuillez ne pas répondre",
    "no responda a este",
    "non rispondere a quest",
    "não responda a est",
    "prosimy nie odpowiadać",
    "replies to this (?:e-?mail|message|address) (?:are|will)",
];

//! What ends a letter, by language: closings, disclaimers, by language: alternatives of a regular expression in lower case.

/// Closings that stand on a line of their own, with nothing but a comma or a name behind.
pub(super) const CLOSING: &[&str] = &[
    "(?:best|kind|kindest|warm|warmest|many|with best|with kind|with warm|my best)? ?regards|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|yours|cheers|best|best wishes|all the best|kr|br|rgds|respectfully|cordially|with thanks and regards|thanks and regards|thanks & regards|best,|warmly|take care",
    "(?:mit )?(?:freundlichen?|besten?|herzlichen?|schönen?|lieben?|vielen|sonnigen|kollegialen|freundlichem) (?:grüßen?|grüssen?|gruß|gruss)(?: aus .{2,25})?|(?:viele|liebe|beste|schöne|herzliche|freundliche) (?:grüße|grüsse)(?: aus .{2,25})?|(?:lg|mfg|vg|bg|hg|beste grüße|gruß|gruss|grüße|grüsse|hochachtungsvoll|herzlichst)",
    "(?:bien )?(?:cordialement|amicalement|respectueusement)(?: vôtre)?|bien à (?:vous|toi)|(?:meilleures|sincères|cordiales) salutations|salutations(?: distinguées)?|bonne (?:journée|soirée|réception)|cdlt|crdt|sentiments distingués",
    "(?:un )?(?:cordial |atento )?saludos?(?: cordiales| cordial)?|(?:muy )?atentamente|atte\\.?|un abrazo|cordialmente|reciba un cordial saludo",
    "(?:cordiali|distinti|i migliori|tanti|migliori) saluti|saluti|cordialmente|un saluto|buona giornata|buon lavoro",
    "(?:com os )?(?:melhores )?cumprimentos|atenciosamente|att\\.?|abraços?|abs|saudações|obrigad[oa],? e .{3,20}",
    "(?:met )?(?:vriendelijke|hartelijke|beste) (?:groet|groeten)|(?:hartelijke|vriendelijke)? ?groet(?:en|jes)?|mvg|hoogachtend",
    "(?:z |łączę )?(?:poważaniem|wyrazami szacunku|wyrazy szacunku)|(?:serdecznie |gorąco )?pozdrawiam(?: serdecznie)?|pozdrowienia|pozdr\\.?",
    "(?:med )?(?:vänliga?|bästa|varma|hjärtliga) hälsning(?:ar)?|(?:vänligen|hälsningar|mvh|vh|hälsn\\.?)|(?:med )?(?:venlig|vennlig|bedste|beste|kærlig|kjærlig|mange|de bedste) (?:hilsen|hilsner|hilsninger)|(?:hilsen|vh|kh|mvh|hilsner|dbh|med hilsen)|(?:ystävällisin|parhain|lämpimin|terveisin) ?(?:terveisin|terveiset)?|terveisin|terv\\.?|t\\.",
    "s (?:pozdravem|úctou|přáním .{3,20})|(?:hezký|pěkný) den|zdravím|s pozdravom|(?:с уважением|с наилучшими пожеланиями|всего доброго|всего хорошего|хорошего дня|з повагою)|üdvözlettel|saygılarımla|με εκτίμηση|cu stimă|lep pozdrav|srdačan pozdrav|salutacions(?: cordials)?",
    "以上、?(?:よろしく|宜しく)お願い(?:いた|致)します。?|敬具|此致|敬礼|祝好|谢谢[!！]?|감사합니다\\.?|trân trọng",
];

/// What a phrase of thanks looks like that closes a letter when a name follows.
pub(super) const THANKS: &[&str] = &[
    "thanks|thank you|many thanks|thanks a lot|thanks again|thanks in advance|thx|tia|danke|vielen dank|besten dank|danke schön|merci|merci d'avance|merci beaucoup|gracias|muchas gracias|grazie|grazie mille|obrigad[oa]|bedankt|dank u|dank je|alvast bedankt|dzięki|dziękuję|tack|tack på förhand|tak|på forhånd tak|takk|kiitos|děkuji|díky|спасибо|заранее спасибо",
];

/// Words of disclaimers: two of one list in one paragraph make it one.
pub(super) const DISCLAIMER: &[&str] = &[
    "intended (?:only |solely )?(?:for|recipient)|confidential(?:ity)?|privileged|if you (?:are not|have received)|received (?:this )?.{0,30}in error|notify the sender|unauthori[sz]ed|disclos(?:e|ure)|delete (?:it|this|the)|virus|registered (?:in|office|number)|company (?:number|registration|no)|consider the environment|print(?:ing)? this e-?mail",
    "vertraulich|nicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger)|irrtümlich|unbefugt|informieren sie|vernichten|geschäftsführer|sitz der gesellschaft|registergericht|amtsgericht|hrb|ust-?id|handelsregister",
    "confidentiel|destinataire|par erreur|non autorisé|expéditeur|confidencial|destinatari[oa]|por error|remitente|protección de datos|riservat[oe]|per errore|destinatari|mittente|privacy|por engano|remetente",
    "vertrouwelijk|geadresseerde|onbedoeld|afzender|poufn|adresat|omyłkow|konfidentiell|fortrolig|avsedd|tiltænkt|luottamuksellinen|důvěrn|конфиденциальн|получател",
];

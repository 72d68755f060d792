//! The commonest short words of languages in the Latin script, by their code (ISO 639-1).

/// A language's code and its words, with blanks between.
pub(super) const COMMON: &[(&str, &str)] = &[
    (
        "en",
        "the and to of is in that it you for on are with this have be not we your i will can but from our as was please would if they what which there been has any all do my at by could should when thanks thank hello hi dear regards let know get need just so an or me us how out about we were he she had into see here sorry know much these those before some other than then when who did does make use using send sent back after more very",
    ),
    (
        "de",
        "der die das und ist nicht ich sie wir zu den mit für ein eine auf dem des auch es haben noch wie aber bitte werden wird kann sind uns ihnen ihre ihr im von bei oder nach wenn hallo danke grüße grüßen freundlichen sehr geehrte geehrter schon nur hat einen einem einer habe dass daß mir mich vielen dank über bin am gesendet",
    ),
    (
        "fr",
        "le la les et est pas je nous vous que pour dans une un des du en sur avec ce cette mais qui au aux sont votre notre merci bonjour cordialement avons avez ne plus ou si été fait mon ma mes bien très être il elle de suis à",
    ),
    (
        "es",
        "el la los las y es no que de en un una por para con su se del al lo como más pero muchas gracias hola estimado estimada saludos nos usted ustedes está hemos tengo tenemos muy mi me le esta este hay son ha he o si sobre cuando también quiero porque",
    ),
    (
        "it",
        "il la di che è un una per non con del della dei sono si le gli da in mi ci ho abbiamo grazie buongiorno saluti come anche più ma questo questa nel alla al dal vi lei ha essere stato cordiali gentile ciao io hai se lo i e mio nostro vostro",
    ),
    (
        "pt",
        "o a os as e é que de em um uma não para com por do da dos das no na se mais mas obrigado obrigada bom dia olá você nos nós temos está são foi muito como também já ao à seu sua meu minha este esta isso eu quando cumprimentos atenciosamente favor pelo pela estou",
    ),
    (
        "nl",
        "de het een en van is niet dat ik we wij je u te voor op met zijn aan er maar om ook als bij nog uit naar kan hebben heeft wordt worden deze dit onze uw jullie graag bedankt hallo beste groet groeten vriendelijke dank wel geen zou moet al door over heb mijn kunnen",
    ),
    (
        "sv",
        "och att det är en ett jag vi på som inte för med har till av den ni du kan om men så från eller hej tack hälsningar vänliga mvh också när var vill ska skulle här oss er mig ditt din vår vårt mycket bara efter finns blir detta skrev svar meddelande ursprungligt vecka",
    ),
    (
        "da",
        "og at det er en et jeg vi på som ikke for med har til af den i du kan om men så fra eller hej tak hilsen venlig mvh også når var vil skal skulle her os jer mig dit din vores meget kun efter findes bliver dette hvad lyder hvis kære nogle være skrev svar besked oprindelig oprindelige hvornår uge",
    ),
    (
        "nb",
        "og at det er en et jeg vi på som ikke for med har til av den i du kan om men så fra eller hei takk hilsen vennlig mvh også når var vil skal skulle her oss dere meg ditt din vår vårt mye bare etter finnes blir dette hva høres hvis kjære noen være skrev svar melding opprinnelig opprinnelige uke",
    ),
    (
        "fi",
        "ja on ei se että en olen me te hän ovat oli mutta kun niin tai jos mitä tämä ole kiitos hei terveisin myös voi voimme olisi sitä meidän teidän minun kanssa vielä nyt kuin mukaan jo terve ystävällisin sen joka tästä haluan voisitte",
    ),
    (
        "pl",
        "i w na nie się z do że to jest o jak ale po od za czy dla tak już może są przez ten ta proszę dziękuję pozdrawiam dzień dobry witam cześć mam mamy jestem będzie bardzo tylko co nas państwa pana pani moje które oraz przed przy bo",
    ),
    (
        "cs",
        "a je v na se že to z do s o jak ale po od za pro tak už může jsou ten ta prosím děkuji děkujeme dobrý den ahoj pozdravem mám máme jsem bude velmi jen co nás vás vám jsme byl nebo jako při aby který která není ještě",
    ),
    (
        "sk",
        "a je v na sa že to z do s o ako ale po od za pre tak už môže sú ten tá prosím ďakujem ďakujeme dobrý deň ahoj pozdravom mám máme som bude veľmi len čo nás vás vám sme bol alebo pri aby ktorý ktorá nie ešte",
    ),
];

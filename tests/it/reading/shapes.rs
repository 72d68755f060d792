//! Shapes of answers: what stands above a quotation, what ends a letter, and what only looks like either.

use pairdesk::message::{ReadOptions, read};

const OWN: &str = "My own text here.";

fn reply(body: &str) -> String {
    let raw = format!(
        "From: kim@client.example\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    );
    read(raw.as_bytes(), &ReadOptions::default()).reply
}

/// Lines above a quotation, by many programs in many languages.
const INTRODUCTIONS: &[&str] = &[
    "On Tue, 5 May 2026 10:00 Sam <s@x.example> wrote:",
    "On 5/5/26, Sam <s@x.example> wrote:",
    "Sam Field wrote on 05.05.2026 10:00:",
    "Sam Field <s@x.example> wrote (on 5 May 2026):",
    "Sam Field wrote:",
    "At 10:00 AM 5/5/2026, Sam wrote:",
    ">>>>> \"Sam\" == Sam Field writes:",
    "In article <x@y>, Sam Field <s@x.example> wrote:",
    "Quoting Sam Field <s@x.example>:",
    "2026-05-05 10:00 GMT+02:00 Sam Field <s@x.example>:",
    "2026/5/5 Sam Field <s@x.example>",
    "Op 05-05-2026 om 10:00 schreef Sam Field:",
    "El 05/05/2026 a las 10:00, Sam Field escribió:",
    "Am 5. Mai 2026 um 10:00 schrieb Sam Field <s@x.example>:",
    "Sam Field schrieb am 05.05.2026 um 10:00 Uhr:",
    "Le mardi 5 mai 2026 à 10:00:00 UTC+2, Sam Field <s@x.example> a écrit :",
    "Il 05/05/2026 10:00, Sam Field ha scritto:",
    "Em ter, 5 de mai de 2026 às 10:00, Sam Field <s@x.example> escreveu:",
    "Em 05/05/2026 10:00, Sam Field escreveu:",
    "Den 5. maj 2026 kl. 10.00 skrev Sam Field <s@x.example>:",
    "Den tis 5 maj 2026 10:00Sam Field <s@x.example> skrev:",
    "tirsdag 5. mai 2026 skrev Sam Field <s@x.example> følgende:",
    "5.5.2026 10.00, Sam Field kirjoitti:",
    "Sam Field kirjoitti 5.5.2026 kello 10.00:",
    "W dniu 2026-05-05 o 10:00, Sam Field pisze:",
    "Dnia 5 maja 2026 10:00 Sam Field <s@x.example> napisał(a):",
    "Dňa 5. 5. 2026 o 10:00 Sam Field napísal(a):",
    "5 мая 2026 г., в 10:00, Sam Field <s@x.example> написал(а):",
    "вт, 5 мая 2026 г. в 10:00, Sam Field <s@x.example>:",
    "05.05.2026, 10:00, \"Sam Field\" <s@x.example>:",
    "2026年5月5日 10:00、Sam Field <s@x.example>のメール:",
    "2026/05/05 10:00、Sam Field <s@x.example>のメール:",
    "在 2026年5月5日，10:00，Sam Field <s@x.example> 写道：",
    "在 2026-05-05 10:00:00，\"Sam Field\" <s@x.example> 写道：",
    "2026년 5월 5일 (화) 오전 10:00, Sam Field <s@x.example>님이 작성:",
    "5 May 2026 Sal 10:00 tarihinde Sam Field <s@x.example> şunu yazdı:",
    "2026. 05. 05. 10:00 keltezéssel, Sam Field írta:",
    "On mar., 5 mai 2026 la 10:00, Sam Field <s@x.example> a scris:",
    "Στις Τρί, 5 Μαΐ 2026 στις 10:00 π.μ., ο χρήστης Sam Field <s@x.example> έγραψε:",
    "El dt., 5 de maig 2026 a les 10:00, Sam Field (<s@x.example>) va escriure:",
];

/// What phones and programs add below a letter.
const ADDED: &[&str] = &[
    "Sent from my iPad",
    "Envoyé à partir d’Outlook pour Android",
    "Provenance : Courrier pour Windows",
    "Enviado a partir do meu iPhone",
    "Obter o Outlook para iOS",
    "Verzonden vanuit Outlook voor iOS",
    "Pobierz aplikację Outlook dla systemu Android",
    "Hent Outlook til Android",
    "Získat Outlook pro Android",
    "Получите Outlook для iOS",
    "Отправлено из мобильного приложения Яндекс.Почты",
    "Android版Outlookを入手",
    "發自我的 iPhone",
    "来自QQ邮箱",
    "发送自 Outlook for Android",
    "从 Windows 版邮件发送",
    "Cordialement,\nKim Holm\nTél. : 01 23 45 67 89",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Mail for Windows 10",
    "Sent from Yahoo Mail on Android",
    "Sent via BlackBerry by AT&T",
    "Sent from my Windows Phone",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon téléphone Orange",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Enviado de Samsung Mobile",
    "Inviato da iPhone",
    "Verzonden vanaf mijn iPad",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Wysłane z iPhone'a",
    "Wysłano z mojego iPhone",
    "Lähetetty iPhonesta",
    "Odesláno z mého iPhonu",
    "Отправлено с iPhone",
    "iPhoneから送信",
    "发自我的 iPhone",
    "从我的iPhone发送",
    "Von meinem iPad gesendet",
    "Gesendet von meinem Samsung Galaxy Smartphone.",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "나의 iPhone에서 보냄",
    "Sent from Gmail Mobile",
    "Sent with Spark",
    "Get Outlook for Android",
    "Obtenir Outlook pour iOS",
    "Holen Sie sich Outlook für iOS",
    "*Sent from my iPhone*",
    "(Sent from my phone)",
    "Sent from my mobile device, please excuse brevity.",
    "-- Sent from my Palm Pre",
    "Sent using Hushmail",
    "Envoyé à partir de Outlook",
];

/// Lines above an answered mail.
const SEPARATORS: &[&str] = &[
    "----- Original Message -----",
    "-----Original Message-----",
    "-------- Original-Nachricht --------",
    "----- Message d'origine -----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Mensagem Original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Wiadomość oryginalna-----",
    "-----Ursprungligt meddelande-----",
    "-----Oprindelig meddelelse-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Původní zpráva-----",
    "-----Исходное сообщение-----",
    "-----原始邮件-----",
    "-------- Message d’origine --------",
    "------ Originele bericht ------",
    "-------- Mensaje original --------",
    "------------------ Original ------------------",
];

/// Headers that are copied above an answered mail.
const HEADERS: &[&str] = &[
    "From: Sam\nSent: 5 May 2026\nTo: Kim\nSubject: x",
    "Von: Sam\nGesendet: 5. Mai 2026\nAn: Kim\nBetreff: x",
    "Von: Sam\nDatum: 5. Mai 2026\nAn: Kim\nBetreff: x",
    "De : Sam\nEnvoyé : 5 mai 2026\nÀ : Kim\nObjet : x",
    "De: Sam\nEnviado: 5 de mayo\nPara: Kim\nAsunto: x",
    "Da: Sam\nInviato: 5 maggio 2026\nA: Kim\nOggetto: x",
    "De: Sam\nEnviada: 5 de maio de 2026\nPara: Kim\nAssunto: x",
    "Van: Sam\nVerzonden: 5 mei 2026\nAan: Kim\nOnderwerp: x",
    "Od: Sam\nWysłano: 5 maja 2026\nDo: Kim\nTemat: x",
    "Från: Sam\nSkickat: den 5 maj 2026\nTill: Kim\nÄmne: x",
    "Fra: Sam\nSendt: 5. maj 2026\nTil: Kim\nEmne: x",
    "Lähettäjä: Sam\nLähetetty: 5. toukokuuta\nVastaanottaja: Kim\nAihe: x",
    "Od: Sam\nOdesláno: 5. května 2026\nKomu: Kim\nPředmět: x",
    "От: Sam\nОтправлено: 5 мая 2026\nКому: Kim\nТема: x",
    "差出人: Sam\n送信日時: 2026年5月5日\n宛先: Kim\n件名: x",
    "发件人: Sam\n发送时间: 2026年5月5日\n收件人: Kim\n主题: x",
    "보낸 사람: Sam\n보낸 날짜: 2026년 5월 5일\n받는 사람: Kim\n제목: x",
    "Kimden: Sam\nGönderildi: 5 Mayıs 2026\nKime: Kim\nKonu: x",
    "Feladó: Sam\nElküldve: 2026. május 5.\nCímzett: Kim\nTárgy: x",
    "Από: Sam\nΣτάλθηκε: 5 Μαΐου 2026\nΠρος: Kim\nΘέμα: x",
];

/// Letters that nothing may be cut from.
const LETTERS: &[&str] = &[
    "On 5 May 2026 we agreed on the following:\n\n- item one\n- item two\n\nKim",
    "In your mail of 5 May 2026 you wrote:\n\nthe price is fixed. Now it is not.\n\nKim",
    "Please ship to:\n\nKim Holm\nHafenstrasse 5\n20457 Hamburg\nTel. 040 1234567",
    "Thanks,\nKim\n\nPS: call me at 040 1234567 before noon.",
    "Our agenda:\n\nDate: 5 May 2026\nTime: 10:00\nSubject: kickoff\n\nSee you there.",
    "The flight:\n\nFrom: Hamburg\nTo: Ghent\nDate: 5 May 2026\n\nPlease book.",
    "Your colleague disclosed confidential data of ours to an unauthorised person by error. We ask you to delete it at once, to inform us who received it, and to tell us how you will notify the people affected. This is a privileged matter and we expect an answer today.",
    "Hello,\n\n-----\nSection 1\n-----\n\nThe text is wrong.\n\n-----\nSection 2\n-----\n\nMissing.",
    "Prices:\n\n| a | b |\n| 1 | 2 |\n\nOK?",
    "I have three questions.\n\n1. Why is it late?\n2. Who pays?\n3. When do we get it?",
    "Best regards from Hamburg, where it rains. Your banner is down again, and nobody answers the phone on +49 40 123456.",
    "We wrote on 5 May and on 7 May. Nothing happened.\n\nWhat now?",
    "He said on the phone: \"we deliver on 5 May 2026\". Then your sales wrote:\n\nno delivery before June.\n\nWhich one is it?",
    "Kim",
    "The new numbers:\nTel. +49 40 1234567\nFax +49 40 1234568\n\nPlease update the site.",
    "Please change the footer of the site to:\n\nClient GmbH, Amtsgericht Hamburg, HRB 12345, Geschäftsführer: Kim Holm",
    "Yes.\n\n>From Monday on we are closed.\n\nKim",
    "Sent from our side is everything, so please check.\n\nKim",
    "Sent with the courier today: 3 boxes.\n\nKim",
    "Could you send us an answer to this question from our management: what did the original message say, and who forwarded it?\n\nCheers",
    "Subject: feed down\nPlease fix.\nKim",
    "To: the whole team\nFrom: an unhappy client\n\nThis must stop.",
    "I got this from your colleague Sam <sam@firm.example>:\n\nwe cannot do that.\n\nWhy not?",
    "Dear all,\n\nfrom: Hamburg, to: Ghent.\n\nsent: yesterday\n\nKim",
    "Die Rechnung vom 5. Mai 2026, die Herr Field schrieb, ist falsch:\n\nDer Betrag stimmt nicht.",
    "Le 5 mai 2026, votre collègue a écrit que tout était prêt. Rien ne l'est.\n\nCamille",
];

#[test]
fn an_introduction_and_its_marked_quotation_are_set_aside() {
    for introduction in INTRODUCTIONS {
        let body = format!("{OWN}\n\n{introduction}\n\n> old text\n> more");
        assert_eq!(reply(&body), OWN, "{introduction}");
    }
}

#[test]
fn an_introduction_with_a_mailbox_needs_no_marks() {
    for introduction in INTRODUCTIONS.iter().filter(|i| i.contains('@') && i.ends_with([':', '：'])) {
        let body = format!("{OWN}\n\n{introduction}\n\nold text\nmore");
        assert_eq!(reply(&body), OWN, "{introduction}");
    }
}

#[test]
fn what_a_program_adds_is_a_signature() {
    for added in ADDED {
        assert_eq!(reply(&format!("{OWN}\n\n{added}\n")), OWN, "{added}");
    }
}

#[test]
fn a_separator_begins_the_quotation() {
    for separator in SEPARATORS {
        let body = format!(
            "{OWN}\n\n{separator}\nFrom: Sam Field <s@x.example>\nSent: Tuesday\nSubject: x\n\nold text"
        );
        assert_eq!(reply(&body), OWN, "{separator}");
    }
}

#[test]
fn a_copied_header_begins_the_quotation_also_in_bold() {
    for header in HEADERS {
        assert_eq!(reply(&format!("{OWN}\n\n{header}\n\nold text")), OWN, "{header}");
        let bold: Vec<String> = header.lines().map(|l| format!("*{}", l.replacen(':', ":*", 1))).collect();
        assert_eq!(reply(&format!("{OWN}\n\n{}\n\nold text", bold.join("\n"))), OWN, "{header}");
    }
}

#[test]
fn a_letter_without_quotation_is_kept_whole() {
    for letter in LETTERS {
        let squash = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squash(&reply(letter)), squash(letter));
    }
}

//! What the shipped model says to mails, and what a model's file may be.

use std::fs;
use std::path::Path;

use pairdesk::case::Kind;
use pairdesk::classify::{self, Classifier, StaffLabel};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

#[test]
fn a_plain_complaint_is_found_with_its_sentence_and_its_words() {
    let text = "Hi Marta,\n\nhope you are well. The delivery is late again and nobody answers the phone, which is \
                unacceptable. Friday is fine for the meeting.\n\nDana";
    let found = Classifier::built_in().classify("Delivery", text);
    let complaint = &found.findings[0];
    assert_eq!(complaint.kind, Kind::Complaint);
    // The model knows polite complaints better than blunt ones: at least a person is asked.
    assert!(complaint.probability > 0.3, "{complaint:?}");
    assert!(complaint.evidence.starts_with("The delivery is late again"), "{complaint:?}");
    assert!(
        complaint.words.iter().any(|(word, _)| complaint.evidence.to_lowercase().contains(word)),
        "{complaint:?}"
    );
    assert!(complaint.words.iter().all(|(_, weight)| *weight > 0.0));
    assert_eq!(found.severity > 0, complaint.probability >= 0.5);
}

#[test]
fn the_same_complaint_is_found_in_other_languages() {
    let complaints = [
        "Seit drei Wochen warten wir auf eine Antwort, und der Drucker ist wieder defekt. So geht das nicht.",
        "Nous attendons depuis trois semaines et l'imprimante est de nouveau en panne. C'est décevant.",
        "Llevamos tres semanas esperando una respuesta y la impresora sigue rota. Esto es lamentable.",
        "We wachten al drie weken op antwoord en de printer is opnieuw kapot. Dit is teleurstellend.",
        "Aspettiamo da tre settimane e la stampante è ancora rotta. Siamo stufi.",
        "Esperamos há três semanas por uma resposta e a impressora está outra vez avariada. É lamentável.",
    ];
    let mut decided = 0;
    for text in complaints {
        let first = &Classifier::built_in().classify("", text).findings[0];
        assert_eq!(first.kind, Kind::Complaint, "{text}");
        decided += usize::from(first.probability >= 0.5);
    }
    // The model knows little of each language: where it is unsure, its probability must say so.
    assert!(decided >= 4, "only {decided} of 6 are decided");
}

#[test]
fn routine_mails_that_mention_the_same_things_stay_below_the_threshold() {
    let routine = [
        "Thanks, Friday at 10 is fine. The signed delivery note is attached.",
        "Could you send me a copy of invoice 4711? Our bookkeeping has mislaid it.",
        "Vielen Dank, der Termin am Dienstag passt. Anbei die Bestellnummer.",
    ];
    for text in routine {
        let found = Classifier::built_in().classify("Re: Friday", text);
        assert!(found.findings[0].probability < 0.5, "{text}: {:?}", found.findings[0]);
        assert_eq!(found.severity, 0);
    }
}

#[test]
fn a_text_without_words_has_no_evidence_and_nothing_is_likely() {
    for text in ["", "  \n\t ", "...", "👍"] {
        let found = Classifier::built_in().classify("", text);
        assert_eq!(found.findings.len(), Kind::ALL.len());
        for finding in &found.findings {
            assert!(finding.probability < 0.3, "{text:?}: {finding:?}");
            assert_eq!(finding.evidence, "");
            assert!(finding.words.is_empty());
        }
        assert_eq!(found.severity, 0);
    }
}

#[test]
fn of_a_huge_text_the_beginning_is_read() {
    let begin = "The report is late again. ".repeat(1_000);
    let huge = format!("{begin}{}", "We love what you did. ".repeat(100_000));
    let found = Classifier::built_in().classify("Report", &huge);
    assert_eq!(found, Classifier::built_in().classify("Report", &begin));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_text_has_one_answer_whose_evidence_stands_in_it(
        subject in ".{0,40}",
        text in prop_oneof![
            "(\\PC|[\\n\\r\\t.!?]){0,400}",
            "((not|late|could|you|also|Sie|nicht|€ 5|a@b.c|don’t|1\\.|-|\\n|\\. |\\? ) ?){0,80}",
        ],
    ) {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = Classifier::built_in().classify(&subject, &text);
        prop_assert_eq!(&found, &Classifier::built_in().classify(&subject, &text));
        prop_assert_eq!(found.findings.len(), Kind::ALL.len());
        prop_assert!(found.findings.is_sorted_by(|a, b| a.probability >= b.probability));
        for finding in &found.findings {
            prop_assert!((0.0..=1.0).contains(&finding.probability));
            prop_assert!(line.contains(&finding.evidence), "{:?}", finding.evidence);
            prop_assert!(finding.evidence.chars().count() <= 300);
        }
        let complaint = found.of(Kind::Complaint).unwrap().probability;
        prop_assert_eq!(found.severity > 0, complaint >= 0.5);
    }
}

#[test]
fn staff_mail_is_asked_other_questions() {
    let text = "Hi Dana,\n\nthe new pump will be on site on Thursday at 8. The weather is lovely.\n\nKim";
    let found = Classifier::built_in().classify_staff("Pump", text);
    assert_eq!(found.len(), StaffLabel::ALL.len());
    assert_eq!(found[0].label, StaffLabel::Commitment, "{found:?}");
    assert!(found[0].probability > 0.5, "{found:?}");
    assert!(found[0].evidence.contains("Thursday"), "{found:?}");
}

#[test]
fn a_long_mail_is_read_in_stretches_and_what_stands_at_its_end_is_found() {
    let routine =
        "Please find the signed delivery note attached, the gate code stays the same as last month. ";
    let text = format!(
        "{}\n\nYour invoices are wrong again, nobody answers, and we have had enough.",
        routine.repeat(60)
    );
    let complaint = Classifier::built_in().classify("Delivery note", &text);
    let complaint = complaint.of(Kind::Complaint).unwrap();
    assert!(complaint.probability > 0.5, "{complaint:?}");
    assert!(complaint.evidence.contains("invoices are wrong"), "{complaint:?}");
}

#[test]
fn of_several_matters_in_one_mail_each_is_found() {
    let text = "Hello Mark,\n\nRuth's minutes are the best that we have had from anybody, the whole board says so.\n\nNobody has come \
                about the boiler since Monday though, and two calls went unanswered. We are heating with fan heaters.\n\nAnd could \
                your men paint the store room too while they are in the building? It was not on the list, I know.\n\nIrene";
    let found = Classifier::built_in().classify("A few things", text);
    for (kind, words) in
        [(Kind::Praise, "minutes"), (Kind::Complaint, "Nobody"), (Kind::ExtraWork, "store room")]
    {
        let finding = found.of(kind).unwrap();
        assert!(finding.probability >= 0.4, "{finding:?}");
        assert!(finding.evidence.contains(words), "{finding:?}");
    }
}

#[test]
fn by_cross_validation_each_mail_is_judged_once() {
    let lines = include_str!("../labelled/client-dev.jsonl").lines().take(16).collect::<Vec<_>>().join("\n");
    let mails = classify::parse(&lines).unwrap();
    let reports = classify::cross_validate(Classifier::built_in(), &mails, 3, 0.8);
    assert_eq!(reports.len(), 1, "no staff mail is among them");
    for (label, counts) in reports[0].labels() {
        let bear = mails.iter().filter(|mail| match &mail.labels {
            classify::Labels::Client { kinds, .. } => kinds.iter().any(|kind| kind.key() == label),
            classify::Labels::Staff(_) => false,
        });
        assert_eq!(counts.right + counts.missed, bear.count(), "{label}");
    }
}

#[test]
fn a_broken_model_file_is_refused_with_what_to_do() {
    let (encoder, linear) =
        (include_bytes!("../../models/encoder.gguf"), include_bytes!("../../models/linear.bin"));
    assert!(Classifier::from_bytes(encoder, linear).is_ok());
    for length in [0, 3, 4, 24, 100, 100_000, encoder.len() / 2, encoder.len() - 40] {
        let error = Classifier::from_bytes(&encoder[..length], linear).unwrap_err();
        assert!(
            error.to_string().contains("make it anew as models/README.md says"),
            "{length} bytes: {error}"
        );
    }
    for length in [0, 8, 9, 12, 16, 40, 100, linear.len() / 2, linear.len() - 1] {
        let error = Classifier::from_bytes(encoder, &linear[..length]).unwrap_err();
        assert!(error.to_string().contains("make it anew with `pairdesk train`"), "{length} bytes: {error}");
    }
    let mut changed = linear.to_vec();
    changed[linear.len() / 2] ^= 1;
    let error = Classifier::from_bytes(encoder, &changed).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[test]
fn the_shipped_model_was_trained_on_the_mails_that_lie_in_training() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    let mut digest = Sha256::new();
    for file in &files {
        let lines = fs::read_to_string(file).unwrap();
        digest.update(&lines);
        let mails = classify::parse(&lines).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!mails.is_empty(), "{} is empty", file.display());
    }
    let digest = data_encoding::HEXLOWER.encode(&digest.finalize());
    assert_eq!(
        Classifier::built_in().name(),
        format!("minilm-{}", &digest[..8]),
        "train it anew: models/README.md"
    );
}

#[test]
fn a_line_that_is_no_labelled_mail_is_named_with_its_number() {
    let good = r#"{"id":"1","from":"a@b.example","subject":"s","body":"b","labels":[],"severity":0}"#;
    let read = |second: &str| classify::parse(&format!("{good}\n{second}\n"));
    assert_eq!(read("").unwrap().len(), 1);
    assert_eq!(read(&good.replace('}', r#","ambiguous":true}"#)).unwrap().len(), 1);

    let unknown = read(&good.replace("[]", r#"["complain"]"#)).unwrap_err();
    assert_eq!(unknown.line, 2);
    assert!(unknown.to_string().contains("\"complain\" is no label; the labels are complaint, extra_work"));
    assert!(read(&good.replace(":0", ":4")).unwrap_err().to_string().contains("severity is 4"));
    assert!(read("not json").unwrap_err().to_string().starts_with("line 2: expected a labelled mail"));
}

#[test]
fn of_a_labelled_mail_only_what_was_newly_written_is_learnt() {
    let line = r#"{"id":"1","lang":"de","from":"A <a@Client.example>","subject":"s","labels":[],"severity":0,
        "body":"Passt.\n\nAm 06.10.2025 um 09:31 schrieb Vogt <v@firm.example>:\n> Das ist zu spät."}"#;
    let mails = classify::parse(&line.replace("\n        ", "")).unwrap();
    assert_eq!(mails[0].text, "Passt.");
}

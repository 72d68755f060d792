//! What the shipped model says to mails, and what a model's file may be.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use pairdesk::case::Kind;
use pairdesk::classify::{self, Classifier, LabelledMail, ModelError};
use proptest::prelude::*;

/// The labelled mails that lie in `training/`, in the order of the files' names.
static TRAINING: LazyLock<Vec<LabelledMail>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("training");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    files.iter().flat_map(|file| classify::parse(&fs::read_to_string(file).unwrap()).unwrap()).collect()
});

#[test]
fn a_plain_complaint_is_found_with_its_sentence_and_its_words() {
    let text = "Hi Marta,\n\nhope you are well. The delivery is late again and nobody answers the phone, which is \
                unacceptable. Friday is fine for the meeting.\n\nDana";
    let found = Classifier::built_in().classify("Delivery", text);
    let complaint = &found.findings[0];
    assert_eq!(complaint.kind, Kind::Complaint);
    assert!(complaint.probability > 0.5, "{complaint:?}");
    assert!(complaint.evidence.starts_with("The delivery is late again"), "{complaint:?}");
    assert!(complaint.words.iter().any(|(word, _)| word == "[again]"), "{complaint:?}");
    assert!(complaint.words.iter().all(|(_, weight)| *weight > 0.0));
    assert!(found.severity >= 1);
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
fn a_broken_model_file_is_refused_with_what_to_do() {
    let whole = Classifier::built_in().to_bytes();
    assert!(Classifier::from_bytes(&whole).is_ok());

    let nothing = Classifier::from_bytes(b"").unwrap_err();
    assert_eq!(nothing, ModelError::NoModel);
    assert!(nothing.to_string().contains("pairdesk train"));

    let mut newer = whole.clone();
    newer[8] = 9;
    let error = Classifier::from_bytes(&newer).unwrap_err();
    assert_eq!(error, ModelError::Version { found: 9 });

    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    assert!(matches!(Classifier::from_bytes(&changed), Err(ModelError::Damaged { .. })));

    for length in [8, 9, 12, 16, 40, 100, whole.len() / 2, whole.len() - 1] {
        let error = Classifier::from_bytes(&whole[..length]).unwrap_err();
        assert!(matches!(error, ModelError::Damaged { .. }), "{length} bytes: {error}");
        assert!(error.to_string().contains("damaged"), "{error}");
    }
}

#[test]
fn the_shipped_model_was_trained_on_the_mails_that_lie_in_training() {
    assert!(
        Classifier::built_in().was_trained_on(&TRAINING),
        "run `cargo run --release -- train training/*.jsonl --out models/linear.bin`"
    );
}

#[test]
fn the_same_mails_give_the_same_model() {
    let few: Vec<LabelledMail> = TRAINING.iter().step_by(40).cloned().collect();
    let model = Classifier::train(&few).to_bytes();
    assert!(model == Classifier::train(&few).to_bytes(), "two trainings differ");
    assert!(Classifier::from_bytes(&model).unwrap().was_trained_on(&few));
    assert!(!Classifier::from_bytes(&model).unwrap().was_trained_on(&few[1..]));
}

#[test]
fn what_is_learnt_from_some_clients_mails_serves_for_others() {
    // A part of the composed mails is enough to see that training works: the whole is measured by `evaluate`.
    let (composed, real): (Vec<_>, Vec<_>) =
        TRAINING.iter().cloned().partition(|mail| !mail.id.starts_with("cd-"));
    let seen: Vec<LabelledMail> = composed.into_iter().step_by(4).collect();
    let unseen: Vec<LabelledMail> = real.into_iter().step_by(3).collect();
    let report = classify::evaluate(&Classifier::train(&seen), &unseen);
    let table = report.to_string();
    assert_eq!(report.mails, unseen.len());
    assert!(report.labels[&Kind::Complaint].1.f1() > 0.5, "{table}");
    assert!(report.macro_f1() > FLOOR, "{table}");
    assert!(report.calibration_error() < 0.15, "{table}");
}

/// Below what a quarter of the composed mails gives on the development mails.
const FLOOR: f64 = 0.3;

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
    assert_eq!(mails[0].client, "client.example");
}

//! The firm's own wording of letters to clients: it takes the place of the built-in one, and no mistake in it stops a mail.

use std::fs;
use std::path::Path;

use pairdesk::compose::{Composer, House, OwnFile, samples};
use pairdesk::config::Config;
use pairdesk::directory::Firm;
use pairdesk::directory::written::Problem;
use pairdesk::effect::{ClientLetter, Content, Letter};

fn house() -> House {
    let firm = Firm {
        name: "Fjord Studio".to_owned(),
        address: "service@fjord.example".to_owned(),
        ..Firm::default()
    };
    House::of(&firm)
}

fn sample(name: &str) -> Letter {
    samples().into_iter().find(|(known, _)| *known == name).expect("there is such a sample").1
}

/// Files below `client`, as they lie in the firm's folder.
fn composer(files: &[(&str, &str)]) -> Composer {
    let file = |(name, text): &(&str, &str)| OwnFile {
        name: format!("client/{name}"),
        place: format!("/etc/pairdesk/templates/client/{name}"),
        bytes: Ok(text.as_bytes().to_vec()),
    };
    Composer::new(house()).with_own_files(files.iter().map(file).collect())
}

fn text_of(composer: &Composer, name: &str) -> String {
    composer.show(&sample(name)).text
}

fn said(problem: &Problem) -> String {
    format!("{}: {} -> {}", problem.place, problem.what, problem.remedy)
}

#[test]
fn a_file_of_the_same_name_takes_the_place_with_the_same_variables() {
    let own = composer(&[
        (
            "received.en.txt",
            "Hi {{ client }}!\n{% if complaint %}Sorry.{% else %}Thanks.{% endif %}\n{{ owners }} ({{ count }}), {{ firm }}: {{ subject }}",
        ),
        (
            "offer.en.txt",
            "Subject: An offer from {{ firm }}\n\n{{ work }} | {{ hours }} | {{ price }} | {{ valid_until }}",
        ),
    ]);
    assert_eq!(own.wording().problems(), []);
    assert_eq!(
        own.wording().own_files().collect::<Vec<_>>(),
        ["client/offer.en.txt", "client/received.en.txt"]
    );
    assert_eq!(
        text_of(&own, "received-complaint-en"),
        "Hi Dana Ruiz!\nSorry.\nLee Park and Kim Vos (2), Fjord Studio: Weekly pickup\n"
    );
    let offer = own.show(&sample("offer-en"));
    assert_eq!(offer.subject, "An offer from Fjord Studio");
    assert_eq!(offer.text, "The landing page in Dutch | 8 | 1,200.00 EUR | 26 May 2026\n");
    // What has no file of its own stays as it is.
    let built_in = Composer::new(house());
    for name in ["received-complaint-de", "offer-de", "settled-en", "own-words"] {
        assert_eq!(text_of(&own, name), text_of(&built_in, name), "{name}");
    }
}

#[test]
fn a_further_language_is_a_further_file() {
    let french = "Bonjour{% if client %} {{ client }}{% endif %},\n\nnous faisons {{ work }} pour {{ price }} avant le {{ valid_until }}.\n\n{{ owners }}";
    let own = composer(&[("offer.fr.txt", french), ("settled.en.txt", "All well?")]);
    assert_eq!(own.wording().problems(), []);
    let letter = |language: &str| {
        let mut letter = sample("offer-en");
        let Content::Offer(offer) = &mut letter.content else { unreachable!() };
        language.clone_into(&mut offer.addressing.language);
        letter
    };
    let text = own.show(&letter("fr-CA")).text;
    assert!(text.contains("pour 1\u{a0}200,00 EUR avant le 26/05/2026"), "{text}");
    assert!(text.contains("Kim Vos et Lee Park"), "{text}");
    assert!(own.show(&letter("pl")).text.starts_with("Dear Dana Ruiz,"), "English where there is none");
    let mut settled = sample("settled-de");
    let Content::Settled(question) = &mut settled.content else { unreachable!() };
    "nl".clone_into(&mut question.addressing.language);
    assert_eq!(own.show(&settled).text, "All well?\n", "the firm's own English goes before the built-in");
}

#[test]
fn no_mistake_stops_a_mail_and_each_is_named_with_its_line_and_remedy() {
    let loops = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    let long = format!("{}{{{{ client }}}}", "word ".repeat(20_000));
    let wide = "{% for a in range(2000) %}{{ 'x' * 9000 }}{% endfor %}";
    let table = [
        (
            "received.en.txt",
            "Hello\n{% if client %}Dear",
            "received.en.txt:2: this cannot be read as a template: ",
        ),
        ("received.en.txt", "Hello {{ client }\n", "received.en.txt:1: this cannot be read as a template: "),
        (
            "received.en.txt",
            "Hello {{ client }},\n\n{{ clint }}",
            "received.en.txt:3: there is no variable clint here -> did you mean \"client\"?",
        ),
        // In a branch that is seldom taken.
        (
            "received.en.txt",
            "Hello\n{% if count > 7 %}{{ nobody }}{% endif %}",
            "received.en.txt:2: there is no variable nobody here -> known here: client, complaint, count, firm, owners, subject",
        ),
        (
            "received.en.txt",
            "Hello\nThat is {{ price }}",
            "received.en.txt:2: there is no variable price here -> it is one of offer, accepted; here there are client, ",
        ),
        ("received.en.txt", loops, "received.en.txt:1: it does not come to an end -> take the loop out"),
        ("received.en.txt", "{% include 'received.en.txt' %}", "received.en.txt"),
        ("received.en.txt", wide, "received.en.txt: the letter becomes too long -> "),
        ("received.en.txt", " \n\t\n", "received.en.txt: it is empty -> write the letter into it"),
        ("received.en.txt", "{% if false %}x{% endif %}", "received.en.txt: it gives an empty letter -> "),
        ("received.en.txt", "{{ owners if count > 1 }}", "received.en.txt: it gives an empty letter -> "),
        ("received.en.txt", &long, "received.en.txt: it is longer than 64 kB"),
        ("received.en.txt", "Hello {{ client | loud }}", "received.en.txt:1: filter loud is unknown -> "),
        (
            "received.en.txt",
            "Hello {{ client.name }}",
            "received.en.txt:1: it uses a value that is not always there",
        ),
        (
            "received.en.txt",
            "Hello\n{% include '_foot.txt' %}",
            "received.en.txt:2: tried to include non-existing template '_foot.txt' -> put that file",
        ),
    ];
    let built_in = text_of(&Composer::new(house()), "received-complaint-en");
    for (name, text, expected) in table {
        let own = composer(&[(name, text)]);
        let problems: Vec<_> = own.wording().problems().iter().map(said).collect();
        assert_eq!(problems.len(), 1, "{text:.60}: {problems:?}");
        let place = "/etc/pairdesk/templates/client/";
        assert!(problems[0].starts_with(&format!("{place}{expected}")), "{text:.60}\n{}", problems[0]);
        assert_eq!(own.wording().own_files().count(), 0);
        let mail = own.finish(&sample("received-complaint-en"));
        assert_eq!(text_of(&own, "received-complaint-en"), built_in, "{text:.60}");
        assert!(mail.fallen_back.unwrap().starts_with(place), "{text:.60}");
        assert_eq!(own.finish(&sample("received-complaint-de")).fallen_back, None);
    }
}

#[test]
fn a_name_that_no_letter_has_is_named_with_the_nearest_one() {
    let table = [
        ("client/recieved.en.txt", "did you mean client/received.en.txt?"),
        ("client/recieved.de.txt", "did you mean client/received.de.txt?"),
        ("client/received.txt", "call it client/received.en.txt, or client/received.fr.txt and so on"),
        ("client/received.EN.txt", "call it client/received.en.txt"),
        ("client/received.en.html", "call it client/received.en.txt"),
        ("client/own_words.en.txt", "did you mean client/own_words.txt?"),
        (
            "client/letterhead.txt",
            "there are received, still_working, offer, accepted, boundary, settled, meeting, thank_you, own_words, each",
        ),
        ("received.en.txt", "letters to clients stand in the folder client: client/received.en.txt"),
        ("owner/notice.txt", "letters to clients stand in the folder client"),
    ];
    for (name, remedy) in table {
        let file = OwnFile { name: name.to_owned(), place: name.to_owned(), bytes: Ok(b"Hello".to_vec()) };
        let own = Composer::new(house()).with_own_files(vec![file]);
        let [problem] = own.wording().problems() else { panic!("{name}: {:?}", own.wording().problems()) };
        assert!(problem.remedy.starts_with(remedy), "{name}: {}", problem.remedy);
        assert_eq!(problem.what, "no letter takes its wording from a file of this name");
    }
}

#[test]
fn parts_are_shared_and_a_mistake_in_one_is_named_there() {
    let foot = "Fjord Studio, Quay 3\n{{ owners }}";
    let own = composer(&[("_foot.txt", foot), ("settled.en.txt", "All well?\n\n{% include '_foot.txt' %}")]);
    assert_eq!(own.wording().problems(), []);
    assert_eq!(text_of(&own, "settled-en"), "All well?\n\nFjord Studio, Quay 3\nKim Vos and Lee Park\n");
    let own = composer(&[
        ("_foot.txt", "Quay 3\n\n{{ price }}"),
        ("settled.en.txt", "All well? {% include '_foot.txt' %}"),
    ]);
    let problems: Vec<_> = own.wording().problems().iter().map(said).collect();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert!(
        problem.starts_with(
            "/etc/pairdesk/templates/client/_foot.txt:3: it uses a value that is not always there"
        ),
        "{problem}"
    );
}

#[test]
fn the_firms_frame_gives_letters_an_html_part() {
    let frame = "<html><body style=\"color:#123\"><h1>{{ firm }}</h1>{{ body }}<p>{{ language }} {{ letter }} {{ subject }}</p></body></html>";
    let own = composer(&[("frame.html", frame)]);
    assert_eq!(own.wording().problems(), []);
    let mut letter = sample("own-words");
    let Content::OwnWords(words) = &mut letter.content else { unreachable!() };
    words.text = "Hi <b>Dana</b>,\n\n1 < 2 & \"so\"\n  a: b".to_owned();
    words.subject = "<script>".to_owned();
    let page = own.show(&letter);
    let html = page.html.unwrap();
    assert!(html.contains("<p>Hi &lt;b&gt;Dana&lt;/b&gt;,</p>"), "{html}");
    assert!(html.contains("<p>1 &lt; 2 &amp; &quot;so&quot;<br>"), "{html}");
    assert!(
        html.contains("<h1>Fjord Studio</h1>") && html.contains("own_words Re: &lt;script&gt;"),
        "{html}"
    );
    let mail = String::from_utf8(own.finish(&letter).bytes).unwrap();
    assert!(mail.contains("multipart/alternative"), "{mail}");
    let broken = composer(&[("frame.html", "<p>{{ firm }}</p>\n")]);
    assert_eq!(
        said(&broken.wording().problems()[0]),
        "/etc/pairdesk/templates/client/frame.html: the letter itself is not in it -> write {{ body }} where it belongs"
    );
    assert_eq!(broken.show(&letter).html, None);
}

#[test]
fn the_folder_is_read_as_it_lies_there_with_whatever_is_in_it() {
    let place = tempfile::tempdir().unwrap();
    let client = place.path().join("templates/client");
    fs::create_dir_all(client.join("boundary.en.txt")).unwrap();
    fs::write(client.join("received.en.txt"), "\u{feff}Hello {{ client }},\r\nwe have it.\r\n").unwrap();
    fs::write(client.join("received.de.txt"), b"Hallo,\nsch\xf6n.").unwrap();
    fs::write(client.join(".received.en.txt.swp"), "x").unwrap();
    fs::write(client.join("received.en.txt~"), "x").unwrap();
    std::os::unix::fs::symlink("/nowhere", client.join("offer.en.txt")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(client.join("settled.en.txt")).status().unwrap();
    assert!(pipe.success());
    let config = |folder: &str| {
        let text = format!(
            "[firm]\nname = \"Firm\"\naddress = \"service@firm.example\"\ndomains = [\"firm.example\"]\n\
            timezone = \"UTC\"\nmanager = \"m@firm.example\"\n[store]\nurl = \"sqlite:desk.db\"\n[[mailbox]]\n\
            name = \"a\"\nmaildir = \"m\"\n[smtp]\nfolder = \"o\"\n[templates]\nfolder = \"{folder}\"\n"
        );
        Config::parse("pairdesk.toml", &text, place.path(), |_| None).unwrap()
    };
    let composer = config("templates").composer();
    assert_eq!(composer.wording().own_files().collect::<Vec<_>>(), ["client/received.en.txt"]);
    assert_eq!(text_of(&composer, "received-request-en"), "Hello Dana Ruiz,\nwe have it.\n");
    let below = |problem: &Problem| {
        let path = Path::new(&problem.place).strip_prefix(place.path()).unwrap().display().to_string();
        format!("{path}: {} -> {}", problem.what, problem.remedy)
    };
    let problems: Vec<_> = composer.wording().problems().iter().map(below).collect();
    let instead = "put a text file that Pairdesk may read in its place, or remove it";
    assert_eq!(
        problems,
        [
            format!("templates/client/boundary.en.txt: it cannot be read: it is no file -> {instead}"),
            format!(
                "templates/client/offer.en.txt: it cannot be read: No such file or directory (os error 2) -> {instead}"
            ),
            "templates/client/received.de.txt:2: this is no UTF-8 -> save the file as UTF-8".to_owned(),
            format!("templates/client/settled.en.txt: it cannot be read: it is no file -> {instead}"),
        ]
    );
    let composer = config("nowhere").composer();
    let [problem] = composer.wording().problems() else { panic!("{:?}", composer.wording().problems()) };
    assert!(problem.what.starts_with("the folder of templates cannot be read: No such file"), "{problem}");
}

#[test]
fn what_the_manual_says_of_the_variables_is_so() {
    let manual = include_str!("../../docs/templates.md");
    let rows = manual.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    for sort in ClientLetter::ALL {
        let key = sort.key();
        let name =
            if sort == ClientLetter::OwnWords { "own_words.txt".to_owned() } else { format!("{key}.en.txt") };
        let own = composer(&[(&name, "{{ qqqqqqqqqqqqqqqq }}")]);
        let remedy = &own.wording().problems()[0].remedy;
        let mut known: Vec<&str> = remedy.strip_prefix("known here: ").unwrap().split(", ").collect();
        known.sort_unstable();
        let is_of =
            |letters: &str| letters == "all" || letters.split(", ").any(|one| one.trim_matches('`') == key);
        let documented = rows.iter().filter(|row| row.len() == 5 && is_of(row[3]));
        let mut documented: Vec<&str> = documented.map(|row| row[1].trim_matches('`')).collect();
        documented.sort_unstable();
        assert_eq!(documented, known, "{key}");
    }
}

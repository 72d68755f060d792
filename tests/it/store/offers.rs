//! How extra work stands, and its draft.

use super::*;
use pairdesk::effect::{Addressing, OfferLetter};
use pairdesk::money::Money;
use pairdesk::offer::{Event, Offer, Stage};
use pairdesk::store::OutboxState;

fn euros() -> Money {
    Money { minor: 120_000, currency: "EUR".to_owned() }
}

pub async fn an_offer_comes_back_as_it_was_written(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    let extra = |number| Case { kind: Kind::ExtraWork, ..case(number, mail) };
    let opened = [Effect::OpenCase(extra(1)), Effect::OpenCase(extra(2))];
    tx.perform(Some(mail), &opened, &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let store = &fresh.store;
    let of =
        async || store.offers(None).await.unwrap().into_iter().map(|(_, offer)| offer).collect::<Vec<_>>();
    assert_eq!(of().await, [None, None], "what was only asked for needs no row");

    let mut offer = Offer::asked(&extra(2));
    for (second, event) in (1..).zip([Event::Priced, Event::Sent, Event::Accepted, Event::Done]) {
        offer = offer.after(event, at(second)).unwrap();
        offer.minutes = Some(480);
        offer.price = Some(euros());
        offer.valid_until = Some("2026-03-24".parse().unwrap());
        offer.questioned_at = Some(at(9));
        perform(store, &[Effect::Offer(offer.clone())]).await;
        assert_eq!(of().await, [None, Some(offer.clone())], "{event:?}");
    }
    assert_eq!(offer.stage, Stage::Done);
    let bare = Offer::asked(&extra(2));
    perform(store, &[Effect::Offer(bare.clone())]).await;
    assert_eq!(of().await, [None, Some(bare.clone())]);
    assert_eq!(store.offers(Some("borealis")).await.unwrap(), []);

    let mut tx = store.begin().await.unwrap();
    let known = known(&mut tx, &reply("m2", "m1"), &client(&acme())).await;
    assert_eq!(known.offers, [bare], "a mail of the conversation is decided by them");
}

pub async fn an_offers_draft_waits_when_others_are_withdrawn_until_it_is_withdrawn_itself(fresh: Fresh) {
    let mut tx = fresh.store.begin().await.unwrap();
    let mail = put(&mut tx, &message("m1"), None).await;
    tx.perform(Some(mail), &[Effect::OpenCase(case(1, mail))], &composer(), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let letter_of = Content::Offer(OfferLetter {
        addressing: Addressing {
            language: "en".to_owned(),
            client_name: "Ann".to_owned(),
            subject: "The feed".to_owned(),
            owners: Vec::new(),
        },
        work: "Another feed".to_owned(),
        quoted: false,
        minutes: None,
        price: euros(),
        valid_until: "2026-03-24".parse().unwrap(),
        words: String::new(),
    });
    let drafts = [
        Effect::Draft(letter("l1", "ann@acme.example", Some(1), received())),
        Effect::Draft(letter("l2", "ann@acme.example", Some(1), letter_of)),
    ];
    perform(&fresh.store, &drafts).await;
    let sorts = async || {
        let drafts = fresh.store.outgoing(OutboxState::Draft).await.unwrap();
        drafts.into_iter().map(|draft| draft.sort).collect::<Vec<_>>()
    };
    assert_eq!(sorts().await, ["received", "offer"]);
    perform(&fresh.store, &[Effect::WithdrawDrafts { case: 1 }]).await;
    assert_eq!(sorts().await, ["offer"]);
    perform(&fresh.store, &[Effect::WithdrawOffer { case: 1 }]).await;
    assert!(sorts().await.is_empty());
}

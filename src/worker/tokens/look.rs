//! Looking after the logins: tokens are renewed in time, and the administrator hears before one ends, and when one is
//! dead.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::super::Desk;
use crate::effect::{Access, AccessNews, Content, Effect, Letter};
use crate::oauth::Login;
use crate::store::{DEAD, OauthToken, StoreError};

/// How often logins are looked at.
const GLANCE: Duration = Duration::from_mins(1);
/// How often the administrator hears of a login that stays dead.
const DEAD_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// An end of a login that stands for so long is not put off by renewing.
const STANDS: SignedDuration = SignedDuration::from_hours(12);
/// So many days before something ends the administrator hears of it, once each.
const DAYS: [i64; 5] = [0, 1, 3, 7, 14];

/// Looks after the logins until told to stop.
pub async fn run(desk: &Desk, logins: &[Arc<Login>], stop: CancellationToken) {
    while !logins.is_empty() && !stop.is_cancelled() {
        // Each by itself: a provider that is slow keeps no other login waiting.
        let looks = logins.iter().map(|login| async move {
            if let Err(error) = step(desk, login).await {
                tracing::error!(%error, login = login.name, "could not look after a login; tried again in a minute");
            }
        });
        tokio::select! {
            () = stop.cancelled() => return,
            _ = futures::future::join_all(looks) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
    stop.cancelled().await;
}

/// Renews the access token of a login when it is time, and tells the administrator what there is to tell. Returns how
/// many mails were written for it.
pub async fn step(desk: &Desk, login: &Arc<Login>) -> Result<usize, StoreError> {
    // Why there is none stands in the store and in the log.
    let _ = desk.tokens.access(login, None).await;
    let now = desk.clock.now();
    let stored = desk.store.oauth_token(&login.name, &login.fingerprint()).await?.unwrap_or_default();
    let today = now
        .in_tz(&desk.firm.timezone)
        .map_or_else(|_| now.to_zoned(jiff::tz::TimeZone::UTC).date(), |now| now.date());
    let mut told = 0;
    for (topic, news, remedy) in news(login, &stored, now, today) {
        told += usize::from(tell(desk, login, &topic, news, remedy).await?);
    }
    Ok(told)
}

/// What there is to tell of a login: by which topic it is told once, what, and what to do.
fn news(
    login: &Login,
    stored: &OauthToken,
    now: Timestamp,
    today: Date,
) -> Vec<(String, AccessNews, String)> {
    let mut news = Vec::new();
    if let (Some(since), Some(trouble)) = (stored.dead_since, &stored.trouble) {
        let (because, remedy) = trouble.rsplit_once("; ").unwrap_or((trouble, "try again"));
        let dead = AccessNews::Refused { since, because: because.to_owned() };
        news.push((DEAD.to_owned(), dead, remedy.to_owned()));
    }
    if let Some(on) = login.client.secret_expires
        && let Some(step) = step_before(today, on)
    {
        let remedy = format!(
            "Make a new client secret at the provider, put it where client_secret of {} points, and write its last \
             day down as secret_expires.",
            login.words()
        );
        let ends = AccessNews::Ends { what: "client secret", on, days: days(today, on) };
        news.push((format!("secret {on} {step}"), ends, remedy));
    }
    // Where each renewal puts the end off, there is nothing to tell.
    let stands = stored.refresh_since.is_none_or(|since| now.duration_since(since) >= STANDS);
    if let Some(until) = stored.refresh_until.filter(|_| stands && stored.dead_since.is_none()) {
        let on = until.to_zoned(jiff::tz::TimeZone::UTC).date();
        if let Some(step) = step_before(today, on) {
            let ends = AccessNews::Ends { what: "login", on, days: days(today, on) };
            let remedy = format!("Log in again before: pairdesk login {}", login.name);
            news.push((format!("login {on} {step}"), ends, remedy));
        }
    }
    news
}

/// The last of the days before the end that has come.
fn step_before(today: Date, on: Date) -> Option<i64> {
    let days = days(today, on);
    DAYS.into_iter().find(|step| days <= *step)
}

fn days(today: Date, on: Date) -> i64 {
    today.until(on).map_or(0, |span| i64::from(span.get_days()))
}

/// Tells the administrator once, and of what is dead once a day. Returns whether that was now.
async fn tell(
    desk: &Desk,
    login: &Login,
    topic: &str,
    news: AccessNews,
    remedy: String,
) -> Result<bool, StoreError> {
    let Some(to) = desk.firm.administrator() else { return Ok(false) };
    let composer = desk.composer().await?;
    let mut tx = desk.store.begin().await?;
    let now = desk.clock.now();
    let again = if topic == DEAD { now.saturating_sub(DEAD_AGAIN).unwrap_or(now) } else { Timestamp::MIN };
    if !tx.tell_of_login(&login.name, topic, again, now).await? {
        return Ok(false);
    }
    let access = Access { place: login.words(), timezone: desk.firm.timezone.clone(), news, remedy };
    let letter = Letter {
        id: desk.clock.seed().id(0),
        to: to.clone(),
        case: None,
        references: Vec::new(),
        at: now,
        content: Content::Access(access),
    };
    tx.perform(None, &[Effect::Send(letter)], &composer, now).await?;
    tx.commit().await?;
    desk.outbox_bell.notify_one();
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{Flow, tests::login};

    #[test]
    fn an_end_is_told_of_fourteen_seven_three_and_one_days_before() {
        let mut login = login(Flow::ClientCredentials);
        login.client.secret_expires = Some("2026-12-31".parse().unwrap());
        let mut topics = Vec::new();
        for day in 1..=31 {
            let today = jiff::civil::date(2026, 12, day);
            let news = news(&login, &OauthToken::default(), Timestamp::UNIX_EPOCH, today);
            topics.extend(news.into_iter().map(|(topic, ..)| topic));
        }
        topics.dedup();
        let expected = ["14", "7", "3", "1", "0"].map(|days| format!("secret 2026-12-31 {days}"));
        assert_eq!(topics, expected);
        let next_year = jiff::civil::date(2027, 2, 1);
        assert_eq!(news(&login, &OauthToken::default(), Timestamp::UNIX_EPOCH, next_year).len(), 1);
    }

    #[test]
    fn what_is_dead_is_told_with_its_reason_and_remedy_and_no_end_beside() {
        let at = "2026-12-01T08:00:00Z".parse().unwrap();
        let stored = OauthToken {
            dead_since: Some(at),
            trouble: Some(
                "the provider refuses: invalid_grant; log in again: pairdesk login service".to_owned(),
            ),
            refresh_until: Some("2026-12-02T08:00:00Z".parse().unwrap()),
            ..OauthToken::default()
        };
        let told = news(&login(Flow::Device), &stored, at, jiff::civil::date(2026, 12, 1));
        let because = "the provider refuses: invalid_grant".to_owned();
        let dead = AccessNews::Refused { since: at, because };
        assert_eq!(told, [(DEAD.to_owned(), dead, "log in again: pairdesk login service".to_owned())]);
    }
}

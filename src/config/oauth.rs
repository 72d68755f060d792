//! The tables `[mailbox.oauth]` and `[smtp.oauth]`.

use std::sync::Arc;

use jiff::civil::Date;

use super::document::Section;
use super::secret::Secrets;
use crate::oauth::{Client, Flow, Login, Provider, ServiceAccount};
use crate::server::is_loopback;

const PROVIDERS: [(&str, Provider); 3] =
    [("microsoft", Provider::Microsoft), ("google", Provider::Google), ("other", Provider::Other)];

/// The flows, as they are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    ClientCredentials,
    ServiceAccount,
    Device,
    Browser,
}

const WAYS: [(&str, Way); 4] = [
    ("client_credentials", Way::ClientCredentials),
    ("service_account", Way::ServiceAccount),
    ("device", Way::Device),
    ("browser", Way::Browser),
];

/// The login of the table `oauth` below `above`, under this name and for this user; or one of those before, whose tokens
/// it uses too.
pub fn login(
    above: &mut Section<'_, '_>,
    secrets: &Secrets<'_>,
    name: Option<&str>,
    user: Option<&str>,
    before: &[Arc<Login>],
) -> Option<Arc<Login>> {
    let mut table = above.section("oauth");
    if table.has("mailbox") {
        let shared =
            table.read("mailbox", "the name of a mailbox above that has a table [mailbox.oauth]", |name| {
                before.iter().find(|login| login.name == name).cloned()
            });
        table.finish();
        return shared.map(|shared| shared.value);
    }
    table.knows("mailbox");
    if !table.has("provider") {
        table.missing("provider", "add provider = \"microsoft\", \"google\" or \"other\"");
        return None;
    }
    let provider = table.choice("provider", Provider::Other, &PROVIDERS);
    let (tenant_at, flow_at) = (table.place_of("tenant"), table.place_of("flow").unwrap_or(table.at));
    let tenant = table.read("tenant", "the tenant's id or a domain of it, like \"firm.example\"", |text| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.').then(|| text.to_owned())
    });
    let usual = match provider {
        Provider::Microsoft => Way::ClientCredentials,
        Provider::Google => Way::ServiceAccount,
        Provider::Other => Way::Device,
    };
    if provider == Provider::Other && !table.has("flow") {
        table.missing("flow", "add flow = \"client_credentials\", \"device\" or \"browser\"");
    }
    let way = table.choice("flow", usual, &WAYS);
    let given = ["token_url", "device_url", "authorize_url"].map(|key| table.has(key));
    let own = [url(&mut table, "token_url"), url(&mut table, "device_url"), url(&mut table, "authorize_url")];
    match provider {
        Provider::Microsoft if tenant.is_none() && tenant_at.is_none() && own[0].is_none() => {
            table.missing("tenant", "add tenant: the tenant's id, or a domain of it");
        }
        Provider::Google | Provider::Other if tenant_at.is_some() => {
            let at = tenant_at.unwrap_or(table.at);
            table.document().problem(at, "only Microsoft has a tenant", "remove tenant");
        }
        _ => {}
    }
    if provider == Provider::Google && way == Way::Device {
        // https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes
        table.document().problem(
            flow_at,
            "Google gives no access to mail by its device flow",
            "set flow to \"service_account\" (Google Workspace) or \"browser\"",
        );
    }
    let known = provider.endpoints(tenant.as_ref().map_or("", |tenant| &tenant.value));
    let [own_token, own_device, own_authorize] = own;
    let [token, device, authorize] = known.map_or_else(|| [None, None, None], |known| known.map(Some));
    let (token_url, device_url, authorize_url) =
        (own_token.or(token), own_device.or(device), own_authorize.or(authorize));
    for (key, missing) in [
        ("token_url", token_url.is_none() && !given[0]),
        ("device_url", device_url.is_none() && !given[1] && way == Way::Device),
        ("authorize_url", authorize_url.is_none() && !given[2] && way == Way::Browser),
    ] {
        if missing {
            table.missing(key, &format!("add {key}, an https:// address that your provider names"));
        }
    }
    let flow = match way {
        Way::ClientCredentials => Some(Flow::ClientCredentials),
        Way::Device => Some(Flow::Device),
        Way::Browser => Some(Flow::Browser),
        Way::ServiceAccount => account(&mut table, secrets).map(Flow::ServiceAccount),
    };
    let client_id = if way == Way::ServiceAccount {
        if let (Some(at), Some(_)) = (table.place_of("client_id"), table.text("client_id")) {
            table.document().problem(at, "a service account is known by its key", "remove client_id");
        }
        Some(String::new())
    } else {
        table
            .required("client_id", "add client_id, the id of the application at the provider")
            .map(|id| id.value)
    };
    if way == Way::ClientCredentials && !table.has("client_secret") {
        table.missing(
            "client_secret",
            "add client_secret = \"file:/path\" or \"env:NAME\": it proves the application",
        );
    }
    let client_secret = secrets.read(&mut table, "client_secret");
    let scope = table.text("scope").map(|scope| scope.value);
    let ca_file = table.text("ca_file").map(|ca| secrets.folder.join(ca.value));
    let secret_expires = table
        .read("secret_expires", "the last day of the client secret, like \"2027-11-30\"", |text| {
            text.parse::<Date>().ok()
        })
        .map(|day| day.value);
    table.finish();
    let flow = flow?;
    let scope = scope.unwrap_or_else(|| provider.scope(&flow).to_owned());
    let client = Client {
        provider,
        token_url: token_url?,
        device_url,
        authorize_url,
        scope,
        client_id: client_id?,
        client_secret,
        flow,
        user: user?.to_owned(),
        ca_file,
        secret_expires,
    };
    Some(Arc::new(Login { name: name?.to_owned(), client }))
}

/// An address that secrets may go to: https, or this machine itself.
fn url(table: &mut Section<'_, '_>, key: &'static str) -> Option<String> {
    let found = table.read(key, "an https:// address", |text| {
        let (scheme, rest) = text.split_once("://")?;
        let host = rest.split(['/', '?']).next()?;
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let good = scheme == "https" || scheme == "http" && is_loopback(host);
        (good && !host.is_empty() && !text.contains(char::is_whitespace)).then(|| text.to_owned())
    });
    found.map(|url| url.value)
}

fn account(table: &mut Section<'_, '_>, secrets: &Secrets<'_>) -> Option<ServiceAccount> {
    let at = table.place_of("key").unwrap_or(table.at);
    if !table.has("key") {
        table.missing("key", "add key = \"file:/path\", the key file (JSON) of the service account");
    }
    let key = secrets.read(table, "key")?;
    match ServiceAccount::read(&key) {
        Ok(account) => Some(account),
        Err(what) => {
            let remedy = "make a new key of the service account, as JSON, and name its file";
            table.document().problem(at, format!("key names no service account's key: {what}"), remedy);
            None
        }
    }
}

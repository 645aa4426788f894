//! The hooks of the embedded broker. rmqtt allows whatever a hook does not answer, so every path
//! here ends in an explicit result, and the hooks are never unregistered while a listener runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::DeviceId;
use domain::intake::LoginReason;
use domain::limits::COMMIT_WAIT_MS_MAX;
use rmqtt::codec::v5::{PublishAckReason, SubscribeAckReason};
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, ReturnType};
use rmqtt::session::Session;
use rmqtt::types::{
    AuthResult, ConnectInfo, FromType, LastWill, Publish, PublishAclResult, PublishResult, QoS,
    Reason, Subscribe, SubscribeAclResult,
};
use store::clock::Clock;
use tokio::sync::{mpsc, oneshot};

use super::door::{Carries, Doorkeeper, Login};
use crate::arrival::{Arrival, Token, Verdict};
use crate::ledger::{Ledger, OVERSIZED};
use crate::metrics::Metrics;
use crate::refusals::Refusals;

const MQTT_5: u8 = 5;

/// Answers the broker's questions.
pub(super) struct Hooks {
    pub(super) context: ServerContext,
    pub(super) door: Arc<Doorkeeper>,
    /// Weak: the broker's context holds its hooks and they hold it, so neither is ever dropped,
    /// and the pipeline ends with the last sender.
    pub(super) arrivals: mpsc::WeakSender<Arrival>,
    pub(super) refusals: Arc<Refusals>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) gateway: Arc<str>,
    /// The platform stops: nothing new is taken.
    pub(super) is_draining: Arc<AtomicBool>,
}

/// How a publish ends that is not acknowledged.
enum Refusal {
    /// Not stored yet; the device shall send it again.
    NotStored,
    /// Not allowed; sending it again would not help.
    NotAllowed(String),
}

/// One handler for all types of hooks; the broker wants a box for each.
pub(super) struct Shared(pub(super) Arc<Hooks>);

#[async_trait]
impl Handler for Shared {
    async fn hook(&self, parameter: &Parameter, acc: Option<HookResult>) -> ReturnType {
        let hooks = &self.0;
        let result = match parameter {
            Parameter::ClientAuthenticate(info) => {
                HookResult::AuthResult(hooks.authenticate(info).await)
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                HookResult::SubscribeAclResult(hooks.check_subscribe(session, subscribe))
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                HookResult::PublishAclResult(hooks.check_publish(session, publish).await)
            }
            Parameter::MessagePublish(Some(session), from, publish)
                if matches!(from.typ(), FromType::LastWill) =>
            {
                hooks.hear_will(session, publish).await;
                return (true, acc);
            }
            Parameter::ClientDisconnected(session, reason) => {
                hooks.note_disconnect(session, reason);
                return (true, acc);
            }
            // Messages of clients were asked about already, and no other type is registered.
            _ => return (true, acc),
        };
        (false, Some(result))
    }
}

impl Hooks {
    async fn authenticate(&self, info: &ConnectInfo) -> AuthResult {
        let user = info.username().map_or("", AsRef::as_ref);
        let will = info.last_will();
        let login = Login {
            user,
            password: info.password().map_or(&[], AsRef::as_ref),
            keep_alive_s: info.keep_alive(),
            will_topic: will.as_ref().map(|will| match will {
                LastWill::V3(will) => will.topic.as_ref(),
                LastWill::V5(will) => will.topic.as_ref(),
            }),
        };
        let admitted = match self.door.admit(login, self.clock.now()) {
            Ok(()) if self.is_foreign_client_id(info, user).await => {
                Err(LoginReason::ForeignClientId)
            }
            admitted => admitted,
        };
        let Err(reason) = admitted else { return AuthResult::Allow(false, None) };
        let address = info.ipaddress().map(|a| a.ip());
        match self.refusals.note_login(&self.gateway, user, address, reason) {
            LoginReason::UnknownUser | LoginReason::WrongToken | LoginReason::NoToken => {
                AuthResult::BadUsernameOrPassword
            }
            _ => AuthResult::NotAuthorized,
        }
    }

    /// Does the client id's session belong to another user? The newcomer would take it over, and
    /// get the commands that wait in it.
    async fn is_foreign_client_id(&self, info: &ConnectInfo, user: &str) -> bool {
        let entry = self.context.extends.shared().await.entry(info.id().clone());
        entry.session().is_some_and(|session| session.id.username_ref() != user)
    }

    fn check_subscribe(&self, session: &Session, subscribe: &Subscribe) -> SubscribeAclResult {
        let user = session.id.username_ref();
        if self.door.may_subscribe(user, &subscribe.topic_filter) {
            return SubscribeAclResult::new_success(subscribe.opts.qos(), None);
        }
        self.note_offence(session, LoginReason::ForeignFilter);
        SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
    }

    async fn check_publish(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        let speaker = match self.door.may_publish(session.id.username_ref(), &publish.topic) {
            Ok(Carries::Message) => return PublishAclResult::allow(),
            Ok(Carries::Readings) => None,
            Ok(Carries::Foreign(speaker)) => Some(speaker),
            Err(why) => return self.refuse(session, Refusal::NotAllowed(why)).await,
        };
        match self.hand_over(publish, speaker).await {
            Verdict::Stored => PublishAclResult::allow(),
            Verdict::Retry => self.refuse(session, Refusal::NotStored).await,
        }
    }

    /// Gives a will of a foreign format to the pipeline: the death of a Sparkplug edge node. A will
    /// is not asked about when it is published, only when its client logs in.
    async fn hear_will(&self, session: &Session, publish: &Publish) {
        let user = session.id.username_ref();
        let Ok(Carries::Foreign(speaker)) = self.door.may_publish(user, &publish.topic) else {
            return;
        };
        if self.hand_over(publish, Some(speaker)).await == Verdict::Retry {
            tracing::debug!(user, "a will was not heard");
        }
    }

    /// Gives the message to the pipeline and waits for its verdict.
    async fn hand_over(&self, publish: &Publish, speaker: Option<DeviceId>) -> Verdict {
        if self.is_draining.load(Ordering::Relaxed) {
            return Verdict::Retry;
        }
        let (waiter, verdict) = oneshot::channel();
        let token = match publish.qos {
            QoS::AtMostOnce => Token::Unasked(waiter),
            QoS::AtLeastOnce | QoS::ExactlyOnce => Token::Waiter(waiter),
        };
        let arrival = Arrival {
            topic: publish.topic.to_string(),
            payload: publish.payload.clone(),
            received_at: self.clock.now(),
            gateway: Arc::clone(&self.gateway),
            speaker,
            token,
            replay: None,
        };
        let Some(arrivals) = self.arrivals.upgrade() else { return Verdict::Retry };
        let answer = async {
            arrivals.send(arrival).await.ok()?;
            verdict.await.ok()
        };
        let wait = Duration::from_millis(COMMIT_WAIT_MS_MAX);
        match tokio::time::timeout(wait, answer).await {
            Ok(Some(verdict)) => verdict,
            Ok(None) | Err(_) => Verdict::Retry,
        }
    }

    /// MQTT 5 is told by a reason code. MQTT 3.1.1 has none: an ordinary PUBACK would be a lie, so
    /// the connection is closed without one.
    async fn refuse(&self, session: &Session, refusal: Refusal) -> PublishAclResult {
        let is_mqtt_5 = session.protocol().await.is_ok_and(|version| version == MQTT_5);
        let (code, text) = match refusal {
            Refusal::NotStored => {
                (PublishAckReason::ImplementationSpecificError, "not stored yet".to_owned())
            }
            Refusal::NotAllowed(why) => {
                self.metrics.publish_refusals.increment();
                self.note_offence(session, LoginReason::ForeignTopic);
                if !is_mqtt_5 {
                    self.door.note_offence(session.id.username_ref(), self.clock.now());
                }
                (PublishAckReason::NotAuthorized, why)
            }
        };
        PublishAclResult(PublishResult::reason_code(code, Some(text.into()), !is_mqtt_5))
    }

    fn note_offence(&self, session: &Session, reason: LoginReason) {
        let address = session.id.remote_addr.map(|a| a.ip().to_string()).unwrap_or_default();
        self.refusals.note(&self.gateway, session.id.username_ref(), &address, reason);
    }

    /// Notes a packet beyond the limit, which closed its connection: it reaches no other hook.
    fn note_disconnect(&self, session: &Session, reason: &Reason) {
        let Some(bytes) = oversize_bytes(&reason.to_string()) else { return };
        self.metrics.refused_too_large.increment();
        self.metrics.count(OVERSIZED);
        self.metrics.count_reason(domain::intake::Reason::RefusedTooLarge);
        self.ledger.note_oversized(session.id.username_ref(), bytes, self.clock.now());
    }
}

/// The size of the packet for which the broker says that it closed a connection.
fn oversize_bytes(reason: &str) -> Option<u64> {
    let (_, rest) = reason.split_once("Max size exceeded: size=")?;
    rest.split(',').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_packet_is_read_from_the_brokers_words() {
        let said = "Max size exceeded: size=1056807, max=1052672";
        assert_eq!(oversize_bytes(said), Some(1_056_807));
        assert_eq!(oversize_bytes("RemoteClose"), None);
    }
}

//! What the platform publishes itself: commands, each by the gateway through which its device is
//! reached. Nobody waits for them, and a command that cannot be sent is asked for again.

use std::collections::HashMap;
use std::sync::Arc;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::gateway::broker::Publisher;

/// Commands that wait to be published.
pub(crate) const COMMANDS_MAX: usize = 256;

/// A command on its way.
#[derive(Debug)]
pub(crate) struct Command {
    /// The gateway through which its device was heard.
    pub(crate) gateway: Arc<str>,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// Who publishes.
#[derive(Default)]
pub(crate) struct Publishers {
    /// The embedded broker, with the name that its arrivals bear.
    pub(crate) broker: Option<Publisher>,
    /// The external ones, by the names of their sources.
    pub(crate) sources: HashMap<String, AsyncClient>,
}

impl Publishers {
    /// Publishes until the last who commands is gone.
    pub(crate) fn start(self, mut commands: mpsc::Receiver<Command>) -> JoinHandle<()> {
        tokio::spawn(async move {
            while let Some(command) = commands.recv().await {
                let topic = command.topic.clone();
                if !self.publish(command).await {
                    tracing::warn!(topic, "a command could not be published");
                }
            }
        })
    }

    async fn publish(&self, command: Command) -> bool {
        let Command { gateway, topic, payload } = command;
        if let Some(client) = self.sources.get(gateway.as_ref()) {
            return client.try_publish(topic, QoS::AtMostOnce, false, payload).is_ok();
        }
        match &self.broker {
            Some(broker) => broker.publish(topic, payload).await,
            None => false,
        }
    }
}

//! One answer's job: gets the context and the provider, has the answer written, and ends it.

use std::{sync::Arc, time::Duration};

use protocol::{BeingSettings, FailureReason};
use tokio::time::{Instant, sleep};

use super::{
    AnswerLimits, KeyRing,
    guide::provider::Guide,
    limits::ProviderLimits,
    openai::{Clients, Dialects, OpenAi},
    prompt,
    provider::Failure,
    writer::AnswerWriter,
};
use crate::{
    domain::{
        command::{AnswerOutcome, AnswerRun},
        endpoint::{Endpoint, GUIDE},
        refusal::Refusal,
    },
    store::{PromptContext, Store},
};

/// The pause before a database that did not give the context is asked again.
const CONTEXT_RETRY_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct AnswerJob {
    pub store: Arc<dyn Store>,
    pub clients: Clients,
    pub keys: KeyRing,
    pub limits: AnswerLimits,
    pub provider_limits: ProviderLimits,
    pub dialects: Dialects,
    pub first_tick: Instant,
}

impl AnswerJob {
    pub async fn run(self, answer: AnswerRun) {
        let (store, limits) = (self.store.clone(), self.limits);
        let mut writer = AnswerWriter::new(store, answer.clone(), limits, self.first_tick);
        let (outcome, detail) = match self.context(&answer).await {
            Ok(context) if !context.is_asked => (AnswerOutcome::Cancelled, None),
            Ok(context) => match self.write(&context, &mut writer).await {
                Ok(()) => (AnswerOutcome::Complete, None),
                Err(failure) => {
                    let provider = context.settings.as_ref().map(|settings| &settings.provider);
                    tracing::warn!(
                        space = %answer.space, answer = %answer.message, being = %context.being.id,
                        provider, %failure, "an answer failed"
                    );
                    (AnswerOutcome::Failed(failure.reason), Some(failure.detail))
                }
            },
            Err(Refusal::AnswerEnded) => return,
            Err(refusal) => {
                tracing::error!(?answer, %refusal, "an answer cannot be begun");
                (AnswerOutcome::Failed(FailureReason::Interrupted), None)
            }
        };
        writer.end(outcome, detail).await;
    }

    async fn context(&self, answer: &AnswerRun) -> Result<PromptContext, Refusal> {
        loop {
            match self.store.prompt_context(answer).await {
                Err(Refusal::Unavailable) => sleep(CONTEXT_RETRY_PAUSE).await,
                context => return context,
            }
        }
    }

    async fn write(
        &self,
        context: &PromptContext,
        writer: &mut AnswerWriter,
    ) -> Result<(), Failure> {
        let settings = context.settings.as_ref();
        let settings = settings.ok_or_else(|| no_provider("it has no settings"))?;
        let prompt = prompt::prompt(context, settings);
        if settings.provider == GUIDE {
            return writer.write(&Guide, &prompt, self.limits).await;
        }
        let mut endpoint = self.endpoint(settings).await?;
        if let Some(key) = self.keys.of(&endpoint.name) {
            endpoint.key = Some(key.clone());
        }
        let limits = self.limits.with(endpoint.options);
        let client = self.clients.of(&endpoint.base_url).clone();
        let provider = OpenAi::new(client, endpoint, self.dialects.clone(), limits.silence);
        let _permit = self.provider_limits.acquire(&settings.provider).await?;
        writer.write(&provider, &prompt, limits).await
    }

    async fn endpoint(&self, settings: &BeingSettings) -> Result<Endpoint, Failure> {
        let unavailable =
            |refusal: Refusal| Failure::new(FailureReason::Interrupted, refusal.to_string());
        let all = self.store.providers().await.map_err(unavailable)?;
        let named = all.into_iter().find(|one| one.name.as_str() == settings.provider);
        named.ok_or_else(|| no_provider("its provider is not configured"))
    }
}

fn no_provider(detail: &str) -> Failure {
    Failure::new(FailureReason::NoProvider, detail)
}

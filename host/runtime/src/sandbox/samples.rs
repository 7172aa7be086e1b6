//! `runpod/samples`: the samples of this check instance, and the bytes of their images.

use super::contract::comfycheck::runpod::samples::{
    Attempt, CostRange, Ending, Host, HostImage, LostImage, PriceFacts, Sample, Start, SubmissionFacts, add_to_linker,
};
use super::guest::{Guest, HostCall, HostError};
use super::handle::Image;
use super::held::{link_read, part};
use super::interface::Interface;
use crate::facts;
use crate::facts::AttemptFacts;
use crate::transport::timeline::millis;
use bytes::Bytes;
use comfycheck_core::cost::Price;
use comfycheck_core::sample as core;
use wasmtime::component::{HasSelf, Linker, Resource};

pub(super) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    link_read(linker, Interface::Samples, "[method]image.read", Guest::read_image)
}

impl Guest {
    fn image(&mut self, image: &Resource<Image>, function: &'static str) -> wasmtime::Result<&Image> {
        self.host_call(function)?;
        Ok(self.handles.get(image)?)
    }

    fn read_image(&mut self, image: &Resource<Image>, offset: u64, length: u32) -> wasmtime::Result<Bytes> {
        let bytes = &self.image(image, "runpod/samples.image.read")?.bytes;
        let part = part(bytes, offset, length);
        self.audit.add(part.len());
        Ok(part)
    }
}

impl Host for Guest {
    fn samples(&mut self) -> wasmtime::Result<Vec<Sample>> {
        let samples: Vec<_> = self.host_call("runpod/samples.samples")?.samples().iter().map(sample).collect();
        let bytes = samples.iter().map(text_bytes).sum();
        self.memory.make_room(bytes);
        self.audit.add(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(samples)
    }

    fn images(&mut self, index: u32) -> wasmtime::Result<Vec<Resource<Image>>> {
        const NAME: &str = "runpod/samples.images";
        let call = self.host_call(NAME)?;
        self.hold(images(&call, index), NAME)
    }

    fn price(&mut self) -> wasmtime::Result<Option<PriceFacts>> {
        Ok(self.host_call("runpod/samples.price")?.capabilities.price().map(price))
    }

    async fn attempts(&mut self, index: u32) -> wasmtime::Result<Vec<Attempt>> {
        const NAME: &str = "runpod/samples.attempts";
        let call = self.host_call(NAME)?;
        if !call.sees(index) {
            return Ok(Vec::new());
        }
        match self.wait(NAME, call.capabilities.attempts(index)).await {
            Ok(attempts) => Ok(attempts.into_iter().map(attempt).collect()),
            Err(HostError::Stopped(stop)) => Err(stop.into()),
            Err(HostError::Returned(_)) => Ok(Vec::new()),
        }
    }

    fn submission(&mut self, index: u32) -> wasmtime::Result<Option<SubmissionFacts>> {
        let call = self.host_call("runpod/samples.submission")?;
        Ok(call.capabilities.submission(index).filter(|_| call.sees(index)).map(submission))
    }
}

impl HostImage for Guest {
    fn name(&mut self, image: Resource<Image>) -> wasmtime::Result<String> {
        Ok(self.image(&image, "runpod/samples.image.name")?.facts.name.clone())
    }

    fn media_type(&mut self, image: Resource<Image>) -> wasmtime::Result<Option<String>> {
        Ok(self.image(&image, "runpod/samples.image.media-type")?.facts.media_type.clone())
    }

    fn size(&mut self, image: Resource<Image>) -> wasmtime::Result<u64> {
        Ok(self.image(&image, "runpod/samples.image.size")?.facts.size)
    }

    fn sha256(&mut self, image: Resource<Image>) -> wasmtime::Result<String> {
        Ok(self.image(&image, "runpod/samples.image.sha256")?.facts.sha256.clone())
    }

    /// Shadowed in [`link`].
    fn read(&mut self, image: Resource<Image>, offset: u64, length: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(self.read_image(&image, offset, length)?.into())
    }

    fn drop(&mut self, image: Resource<Image>) -> wasmtime::Result<()> {
        self.handles.delete(image)?;
        Ok(())
    }
}

/// The images of a sample, if the instance can see it.
fn images(call: &HostCall, index: u32) -> impl Iterator<Item = Image> {
    let sample = call.samples().iter().find(|sample| sample.index == index);
    let bytes = call.capabilities.files(index);
    sample
        .into_iter()
        .flat_map(move |sample| sample.images.iter().zip(bytes))
        .map(|(facts, bytes)| Image { facts: facts.clone(), bytes: bytes.clone() })
}

fn sample(sample: &core::Sample) -> Sample {
    Sample {
        index: sample.index,
        workflow: sample.workflow.to_string(),
        job: sample.job.clone(),
        status: sample.status.clone(),
        ending: ending(sample.ending),
        reason: sample.reason.clone(),
        error: sample.error.clone(),
        output: sample.output.as_ref().map(ToString::to_string),
        worker: sample.worker.clone(),
        gpu: sample.gpu.clone(),
        retries: sample.retries,
        start: start(sample.start),
        delay: sample.delay.map(millis),
        execution: sample.execution.map(millis),
        submitted: sample.submitted.map(millis),
        first_running: sample.first_running.map(millis),
        finished: sample.finished.map(millis),
        cost: sample.cost.map(|cost| CostRange { low: cost.low, high: cost.high }),
        image_count: u32::try_from(sample.images.len()).unwrap_or(u32::MAX),
        lost_images: sample.lost_images.iter().map(lost_image).collect(),
    }
}

/// The bytes of those texts of a sample that can be long.
fn text_bytes(sample: &Sample) -> u64 {
    let of = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    (sample.workflow.len() + of(&sample.output) + of(&sample.error)) as u64
}

fn ending(ending: core::Ending) -> Ending {
    match ending {
        core::Ending::Succeeded => Ending::Succeeded,
        core::Ending::Failed => Ending::Failed,
        core::Ending::Cancelled => Ending::Cancelled,
        core::Ending::Expired => Ending::Expired,
        core::Ending::NeverStarted => Ending::NeverStarted,
        core::Ending::NotFinished => Ending::NotFinished,
        core::Ending::Unknown => Ending::Unknown,
        core::Ending::NotSubmitted => Ending::NotSubmitted,
    }
}

fn start(start: core::Start) -> Start {
    match start {
        core::Start::Cold => Start::Cold,
        core::Start::Warm => Start::Warm,
        core::Start::Unclear => Start::Unclear,
    }
}

fn lost_image(image: &core::LostImage) -> LostImage {
    LostImage { name: image.name.clone(), reason: image.reason.clone() }
}

fn attempt(facts: AttemptFacts) -> Attempt {
    let AttemptFacts { worker, retries, first_seen, last_seen, gpu, data_center, machine } = facts;
    let (first_seen, last_seen) = (millis(first_seen), millis(last_seen));
    Attempt { worker, retries, first_seen, last_seen, gpu, data_center, machine }
}

fn submission(facts: facts::SubmissionFacts) -> SubmissionFacts {
    let facts::SubmissionFacts {
        idle_workers,
        running_workers,
        initializing_workers,
        own_waiting,
        other_jobs,
        same_as,
    } = facts;
    SubmissionFacts { idle_workers, running_workers, initializing_workers, own_waiting, other_jobs, same_as }
}

fn price(price: &Price) -> PriceFacts {
    PriceFacts { per_second: price.per_second, source: price.source.word().to_owned(), date: price.date.clone() }
}

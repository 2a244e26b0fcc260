//! Bytes of one connection: frames in, answers out.

use super::stream::Stream;
use super::wire::{Answers, Frame, Next, Violation, next_frame};
use bytes::{Bytes, BytesMut};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Most bytes of one read.
const READ_BYTES: usize = 64 * 1024;

thread_local! {
    // One buffer a thread, not one a connection: idle connections hold none.
    static READ_INTO: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into());
}

/// What moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moved {
    In,
    Out,
    /// The client closed its side.
    End,
}

/// One connection's stream and what was read ahead from it.
pub(super) struct Transport {
    stream: Stream,
    packet_bytes_max: usize,
    /// Whole packets, and maybe the head of one more.
    ahead: Bytes,
    /// The head of a packet that needs `needed` bytes in all.
    partial: BytesMut,
    needed: usize,
    must_flush: bool,
}

impl Transport {
    pub(super) fn new(stream: Stream, packet_bytes_max: usize) -> Self {
        Self {
            stream,
            packet_bytes_max,
            ahead: Bytes::new(),
            partial: BytesMut::new(),
            needed: 0,
            must_flush: false,
        }
    }

    /// From now on packets may be as large as that.
    pub(super) const fn allow(&mut self, packet_bytes_max: usize) {
        self.packet_bytes_max = packet_bytes_max;
    }

    /// Whether bytes were read that [`Transport::next`] has not looked at.
    pub(super) fn has_ahead(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The first byte of the next packet, if any of it was read.
    pub(super) fn head(&self) -> Option<u8> {
        self.ahead.first().or(self.partial.first()).copied()
    }

    /// The next packet of what was read.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Violation> {
        if self.ahead.is_empty() {
            return Ok(None);
        }
        match next_frame(&mut self.ahead, self.packet_bytes_max)? {
            Next::Frame(frame) => Ok(Some(frame)),
            Next::Needs(needed) => {
                self.needed = needed;
                self.partial = BytesMut::from(&*self.ahead);
                self.ahead = Bytes::new();
                Ok(None)
            }
        }
    }

    /// Writes what waits, and reads if `may_read`: whichever moves first.
    /// Nothing is lost when the future is dropped.
    pub(super) async fn moved(
        &mut self,
        answers: &mut Answers,
        may_read: bool,
    ) -> io::Result<Moved> {
        poll_fn(|context| {
            if let Poll::Ready(written) = self.poll_write(context, answers) {
                return Poll::Ready(written.map(|()| Moved::Out));
            }
            if may_read {
                return self.poll_read(context);
            }
            Poll::Pending
        })
        .await
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        answers: &mut Answers,
    ) -> Poll<io::Result<()>> {
        if !answers.waiting().is_empty() {
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write(context, answers.waiting()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            answers.sent(written);
            self.must_flush = true;
            return Poll::Ready(Ok(()));
        }
        if self.must_flush {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.must_flush = false;
        }
        Poll::Pending
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Moved>> {
        READ_INTO.with_borrow_mut(|bytes| {
            let mut buffer = ReadBuf::new(bytes);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(Moved::End));
            }
            self.take_in(buffer.filled());
            Poll::Ready(Ok(Moved::In))
        })
    }

    fn take_in(&mut self, bytes: &[u8]) {
        if self.partial.is_empty() {
            self.ahead = Bytes::copy_from_slice(bytes);
            return;
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() >= self.needed {
            self.ahead = std::mem::take(&mut self.partial).freeze();
        }
    }

    /// Sends what waits and closes.
    pub(super) async fn close(mut self, answers: &Answers) -> io::Result<()> {
        self.stream.write_all(answers.waiting()).await?;
        self.stream.shutdown().await
    }
}

//! The memory to hash in, kept for the next hash while others are under way: new memory takes the kernel
//! time. Once none is, all of it goes back to the system.

use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::{
    Argon2, Block, Params,
    password_hash::{self, Output, Salt},
};
use protocol::Password;

/// More than a hash takes; the rest is never touched, and so is no memory. The allocator maps a piece of
/// more than 32 MiB by itself and returns it when it is dropped (M_MMAP_THRESHOLD in mallopt(3)); smaller
/// ones it keeps, in parts.
const PIECE_BLOCKS: usize = 33 * 1024;

#[derive(Default)]
pub struct MemoryPool(Mutex<Pieces>);

#[derive(Default)]
struct Pieces {
    free: Vec<Vec<Block>>,
    in_use: usize,
}

impl MemoryPool {
    pub fn hash(
        &self,
        argon2: &Argon2<'_>,
        password: &Password,
        salt: Salt<'_>,
    ) -> password_hash::Result<Output> {
        let mut salt_bytes = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut salt_bytes)?;
        let mut memory = self.lock().take();
        memory.resize(argon2.params().block_count(), Block::default());
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        let hashed = argon2.hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut output,
            &mut memory[..],
        );
        let unused = self.lock().put_back(memory);
        drop(unused);
        hashed?;
        Output::new(&output)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.lock().free.len()
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pieces {
    fn take(&mut self) -> Vec<Block> {
        self.in_use += 1;
        self.free.pop().unwrap_or_else(|| Vec::with_capacity(PIECE_BLOCKS))
    }

    /// Returns what nobody uses any more.
    fn put_back(&mut self, memory: Vec<Block>) -> Vec<Vec<Block>> {
        self.in_use -= 1;
        self.free.push(memory);
        if self.in_use == 0 { std::mem::take(&mut self.free) } else { vec![] }
    }
}

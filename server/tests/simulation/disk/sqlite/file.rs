//! SQLite's operations on an open file, and on the memory that its connections share.

use std::{
    ffi::{c_int, c_void},
    ptr, slice,
    sync::{
        Arc, MutexGuard,
        atomic::{AtomicU64, Ordering, fence},
    },
};

use libsqlite3_sys as ffi;
use rand::Rng;

use crate::disk::{Disk, Inside, Operation, locks::Level, memory::Region};

/// An open file, as SQLite holds it.
#[repr(C)]
pub struct OpenFile {
    methods: *const ffi::sqlite3_io_methods,
    handle: *mut Handle,
}

struct Handle {
    disk: Arc<Disk>,
    number: u64,
    file: u64,
    boot: u64,
    /// Kept alive while SQLite has their addresses.
    regions: Vec<Arc<Region>>,
}

static NEXT_HANDLE: AtomicU64 = AtomicU64::new(1);

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

impl OpenFile {
    /// SQLite closes only a file with methods.
    pub fn hold_nothing(&mut self) {
        self.methods = ptr::null();
    }

    pub fn hold(&mut self, disk: Arc<Disk>, file: u64, boot: u64) {
        let number = NEXT_HANDLE.fetch_add(1, Ordering::Relaxed);
        let handle = Handle { disk, number, file, boot, regions: vec![] };
        self.handle = Box::into_raw(Box::new(handle));
        self.methods = &METHODS;
    }
}

unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    unsafe { &mut *(*file.cast::<OpenFile>()).handle }
}

impl Handle {
    /// None if the file belongs to a server that has ended.
    fn begin(&self, operation: Operation, place: i64) -> Option<MutexGuard<'_, Inside>> {
        self.disk.begin(self.boot, operation, self.file << 40 | place as u64)
    }

    fn alive(&self) -> Option<MutexGuard<'_, Inside>> {
        Some(self.disk.lock()).filter(|inside| inside.is_alive(self.boot))
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let handle = unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) };
    let mut inside = handle.disk.lock();
    if inside.is_alive(handle.boot) {
        inside.files.get(handle.file).locks.unlock(handle.number, Level::None);
    }
    inside.handles -= 1;
    handle.disk.changed.notify_all();
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    let handle = unsafe { handle(file) };
    let into = unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), count as usize) };
    let Some(mut inside) = handle.begin(Operation::Read, offset) else {
        return ffi::SQLITE_IOERR_READ;
    };
    let in_a_million = inside.faults.reads;
    if inside.fails(in_a_million) {
        return ffi::SQLITE_IOERR_READ;
    }
    let found = inside.files.get(handle.file).read(offset as usize, into);
    if found == into.len() { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: i64,
) -> c_int {
    let handle = unsafe { handle(file) };
    let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), count as usize) };
    let offset = offset as usize;
    let Some(mut inside) = handle.begin(Operation::Write, offset as i64) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    let (in_a_million, is_full) = (inside.faults.writes, inside.faults.is_full);
    let grows = offset + bytes.len() > inside.files.get(handle.file).len();
    let code = match () {
        () if is_full && grows => ffi::SQLITE_FULL,
        () if inside.fails(in_a_million) => ffi::SQLITE_IOERR_WRITE,
        () => ffi::SQLITE_OK,
    };
    let kept = match code {
        ffi::SQLITE_OK => bytes.len(),
        _ => inside.rng.random_range(0..bytes.len()),
    };
    if kept > 0 {
        inside.files.get(handle.file).write(offset, &bytes[..kept]);
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.begin(Operation::Truncate, size) else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    inside.files.get(handle.file).truncate(size as usize);
    ffi::SQLITE_OK
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.begin(Operation::Sync, 0) else {
        return ffi::SQLITE_IOERR_FSYNC;
    };
    if inside.is_down {
        // The server ended before the disk was done.
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let in_a_million = inside.faults.syncs;
    if inside.fails(in_a_million) {
        let inside = &mut *inside;
        inside.files.get(handle.file).fail_sync(&mut inside.rng);
        return ffi::SQLITE_IOERR_FSYNC;
    }
    inside.files.sync(handle.file);
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.alive() else { return ffi::SQLITE_IOERR_FSTAT };
    unsafe { *size = inside.files.get(handle.file).len() as i64 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.alive() else { return ffi::SQLITE_IOERR_LOCK };
    let granted = inside.files.get(handle.file).locks.lock(handle.number, level.into());
    if granted { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    if let Some(mut inside) = handle.alive() {
        inside.files.get(handle.file).locks.unlock(handle.number, level.into());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.alive() else { return ffi::SQLITE_IOERR_CHECKRESERVEDLOCK };
    unsafe { *out = c_int::from(inside.files.get(handle.file).locks.is_reserved()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// As SQLite's own VFS declares for every disk: a power cut during a write damages no bytes beside
/// it.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    extends: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let handle = unsafe { handle(file) };
    let Some(mut inside) = handle.alive() else { return ffi::SQLITE_IOERR_SHMMAP };
    let memory = &mut inside.files.get(handle.file).memory;
    let region = memory.map(handle.number, region as usize, bytes as usize, extends != 0);
    drop(inside);
    unsafe { *out = region.as_ref().map_or(ptr::null_mut(), |region| region.start().cast()) };
    handle.regions.extend(region);
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let handle = unsafe { handle(file) };
    let slots = first as usize..(first + count) as usize;
    let exclusively = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    let unlocks = flags & ffi::SQLITE_SHM_UNLOCK != 0;
    let gives_writing_back = unlocks && exclusively && slots.contains(&0);
    let inside = match gives_writing_back {
        true => handle.begin(Operation::Unlock, 0),
        false => handle.alive(),
    };
    let Some(mut inside) = inside else { return ffi::SQLITE_IOERR_SHMLOCK };
    let memory = &mut inside.files.get(handle.file).memory;
    if unlocks {
        memory.unlock(handle.number, slots, exclusively);
        return ffi::SQLITE_OK;
    }
    if memory.lock(handle.number, slots, exclusively) { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    if let Some(mut inside) = handle.alive() {
        inside.files.get(handle.file).memory.unmap(handle.number);
    }
    ffi::SQLITE_OK
}

//! SQLite's interface to a [`Disk`]: a file system (a "VFS") that is this process's default. Files
//! that are not on such a disk go to the previous default.

#![allow(unsafe_code, reason = "SQLite speaks C; here alone, and only in this test")]

mod file;

use std::{
    cell::Cell,
    ffi::{CStr, c_char, c_int},
    ptr,
    sync::{
        Arc, Once,
        atomic::{AtomicPtr, Ordering},
    },
};

use libsqlite3_sys as ffi;

use super::{Disk, Operation, ROOT, find};
use file::OpenFile;

static BEFORE: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

thread_local! {
    /// Whether this thread's connection is to such a disk: then waiting takes no time.
    static IS_SIMULATED: Cell<bool> = const { Cell::new(false) };
}

pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let before = ffi::sqlite3_vfs_find(ptr::null());
        BEFORE.store(before, Ordering::Release);
        let vfs = ffi::sqlite3_vfs {
            szOsFile: (*before).szOsFile.max(size_of::<OpenFile>() as c_int),
            pNext: ptr::null_mut(),
            zName: c"simulated".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xSleep: Some(sleep),
            ..*before
        };
        let code = ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 1);
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes the disk");
    });
}

fn before() -> *mut ffi::sqlite3_vfs {
    BEFORE.load(Ordering::Acquire)
}

/// The disk and the file that a path names.
unsafe fn on_disk<'a>(path: *const c_char) -> Option<(Arc<Disk>, &'a str)> {
    let path = unsafe { path.as_ref() }?;
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let (number, name) = path.strip_prefix(ROOT)?.split_once('/')?;
    Some((find(number.parse().ok()?)?, name))
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let Some((disk, name)) = (unsafe { on_disk(path) }) else {
        let open = unsafe { (*before()).xOpen }.expect("a VFS opens files");
        return unsafe { open(before(), path, file, flags, out_flags) };
    };
    IS_SIMULATED.set(true);
    let open_file = unsafe { &mut *file.cast::<OpenFile>() };
    open_file.hold_nothing();
    let mut inside = disk.lock();
    if inside.is_down {
        return ffi::SQLITE_CANTOPEN;
    }
    let found = inside.files.find(name);
    let number = match found {
        Some(number) => number,
        None if flags & ffi::SQLITE_OPEN_CREATE != 0 => inside.files.create(name),
        None => return ffi::SQLITE_CANTOPEN,
    };
    inside.handles += 1;
    let boot = inside.boot;
    drop(inside);
    open_file.hold(disk, number, boot);
    if let Some(out) = unsafe { out_flags.as_mut() } {
        *out = flags;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    let Some((disk, name)) = (unsafe { on_disk(path) }) else {
        let delete = unsafe { (*before()).xDelete }.expect("a VFS deletes files");
        return unsafe { delete(before(), path, sync_folder) };
    };
    let mut inside = disk.lock();
    if inside.is_down {
        return ffi::SQLITE_IOERR_DELETE;
    }
    inside.note(Operation::Delete, 0);
    let found = inside.files.delete(name, sync_folder != 0);
    if found { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_DELETE_NOENT }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some((disk, name)) = (unsafe { on_disk(path) }) else {
        let access = unsafe { (*before()).xAccess }.expect("a VFS looks for files");
        return unsafe { access(before(), path, flags, out) };
    };
    // An empty file counts as absent, as in SQLite's own VFS.
    let len = disk.lock().files.len(name);
    let is_there = len.is_some_and(|len| flags != ffi::SQLITE_ACCESS_EXISTS || len > 0);
    unsafe { *out = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path_name(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    if unsafe { on_disk(path) }.is_none() {
        let name = unsafe { (*before()).xFullPathname }.expect("a VFS names files");
        return unsafe { name(before(), path, room, out) };
    }
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if bytes.len() > room as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    if IS_SIMULATED.get() {
        return micros;
    }
    let sleep = unsafe { (*before()).xSleep }.expect("a VFS can wait");
    unsafe { sleep(before(), micros) }
}

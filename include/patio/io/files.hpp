// SPDX-License-Identifier: MIT
#pragma once

// Whole files and their names: reading, writing, renaming, removing.
//
// Everything here fails with `patio::error`: the system's code, and in `what()` what was being done
// to which path.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/error.hpp>
#include <patio/io/file_status.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>  // tidy: allow(heavy-header): paths and contents are strings

namespace patio {

/// Reads a whole file.
///
/// ```
/// std::string text = co_await patio::read_file("/etc/hostname");
/// ```
///
/// **Fails** with `limit_exceeded`, bytes_max, if it is longer.
/// **Cost** the bytes are copied once. On the ring, what is cached takes no other thread.
[[nodiscard]] PATIO_EXPORT async<std::string> read_file(std::string path,
                                                        std::size_t bytes_max = std::size_t{1}
                                                                                << 30);

/// How `write_file` puts the bytes under their name.
enum class write_how : std::uint8_t {
    /// Empties the file and writes. Who reads meanwhile sees a part; so does everybody after a
    /// crash, a full disk or a cancellation.
    in_place,
    /// Writes a new file beside the old one, waits until it is on the disk, and renames it. At
    /// every moment, also after a crash, there is either the old file or the whole new one.
    ///
    /// The new file has the old one's permissions for reading, writing and executing, and this
    /// process's owner. Other names of the old file (hard links) keep the old content; a symbolic
    /// link is replaced, not followed.
    atomic,
};

/// Writes a whole file, which is made if there is none, with the permissions 0666 less the umask.
///
/// **Borrows** the bytes until it returns.
/// **Fails** `atomic`: the old file is as it was, and nothing is left beside it. Only if the
/// directory cannot be synced in the end has the new one its name already.
/// **Cancel** the same. If the new file already has the name, it stays, and this returns. A step
/// that has begun, such as waiting for the disk, is waited for.
PATIO_EXPORT async<> write_file(std::string path, byte_view bytes,
                                write_how how = write_how::in_place);
/// Adds to the end of a file, which is made if there is none. What several tasks or processes add
/// is not mixed, as long as the disk does not get full.
PATIO_EXPORT async<> append_file(std::string path, byte_view bytes);

// --- names
//
// Each is one system call on a thread. **Cancel** it has not happened if it had not begun; else it
// is waited for, and this returns.

/// What stat(2) says; of a symbolic link, about what it points to.
[[nodiscard]] PATIO_EXPORT async<file_status> status_of(std::string path);
/// The same; empty if there is no such file. Any other failure is thrown.
[[nodiscard]] PATIO_EXPORT async<std::optional<file_status>> find_status(std::string path);
/// About the symbolic link itself, if it is one.
[[nodiscard]] PATIO_EXPORT async<file_status> status_of_link(std::string path);

/// Gives a file another name, on the same file system. What had that name before is gone.
PATIO_EXPORT async<> rename_file(std::string from, std::string to);
/// Takes a name away from a file. The last one takes the file along, once nobody has it open.
PATIO_EXPORT async<> remove_file(std::string path);
/// The same; a file that is not there is no failure. **Returns** whether it was.
PATIO_EXPORT async<bool> remove_file_if_there(std::string path);
/// Makes a directory, whose permissions are these without those that the umask takes away.
PATIO_EXPORT async<> make_directory(std::string path, std::uint32_t permissions = 0777);
/// Makes a directory and those above it that are missing. One that is there is no failure.
PATIO_EXPORT async<> make_directories(std::string path);
/// Removes an empty directory.
PATIO_EXPORT async<> remove_directory(std::string path);
/// Removes a file, or a directory with everything in it. Links are removed, not followed. Nothing
/// there is no failure. **Returns** how many files and directories there were.
/// **Fails** with a part removed.
PATIO_EXPORT async<std::uint64_t> remove_tree(std::string path);
/// Sets the twelve permission bits.
PATIO_EXPORT async<> set_permissions(std::string path, std::uint32_t permissions);

}  // namespace patio

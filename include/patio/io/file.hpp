// SPDX-License-Identifier: MIT
#pragma once

// Files that are open.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/async_generator.hpp>
#include <patio/core/error.hpp>
#include <patio/io/file_options.hpp>
#include <patio/io/file_status.hpp>

#include <cstddef>
#include <cstdint>
#include <string>  // tidy: allow(heavy-header): paths and lines are strings
#include <utility>

namespace patio {

namespace detail {

struct file_access;
struct file_state;

/// A counted reference: operations keep what they work on, whatever becomes of the file.
class PATIO_EXPORT file_ref {
public:
    file_ref() noexcept = default;
    explicit file_ref(file_state* state) noexcept : state_{state} {}
    file_ref(const file_ref& other) noexcept;
    file_ref(file_ref&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    file_ref& operator=(file_ref other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~file_ref();
    [[nodiscard]] file_state* get() const noexcept { return state_; }
    [[nodiscard]] file_state* operator->() const noexcept { return state_; }
    explicit operator bool() const noexcept { return state_ != nullptr; }

private:
    file_state* state_ = nullptr;
};

}  // namespace detail

/// What `file::sync` waits for.
enum class sync_what : std::uint8_t {
    all,   ///< content and everything that stat(2) says (fsync)
    data,  ///< content, and what is needed to find it (fdatasync)
};

/// An open file.
///
/// ```
/// patio::file source = co_await patio::file::open("words");
/// auto all = source.lines();
/// while (auto line = co_await all.next()) std::puts(line->c_str());
/// ```
///
/// The file keeps its position itself and tells the kernel with each read and write where it
/// belongs. So a cancelled read has not moved it, `seek` and `position` ask nobody, and `pread` and
/// `pwrite` of many tasks may go on at the same time. A file that has no positions (a FIFO, a
/// terminal, most of /proc/self/fd) is read and written in the kernel's order; only what it has
/// handed over is counted.
///
/// One task at a time may use the position: `read_some`, `write`, `read_all`, the next of `lines`.
/// A second one would get or write pieces: it fails with usage_error, and the first one goes on.
///
/// What is in the page cache is read at once. Everything else is done by the ring, or by a thread
/// of the loop's (see `to_thread`): the loop never waits for a disk.
///
/// **Use** `read_file` and `write_file` for whole files. For pipes and terminals take streams: a
/// read that waits for another process can be cancelled on a ring only; a thread waits on.
/// **Fails** every operation: with `patio::error`, the system's code or `errc::closed` if the file
/// was closed here, also while the operation waited. `what()` says what was being done, to which
/// path. The end of a file is no failure: a zero, an empty string.
/// **Cancel** what the kernel or a thread has begun is waited for, so memory and descriptor are
/// theirs until then; its result is delivered.
/// **Threads** those of its loop.
class PATIO_EXPORT file {
public:
    using loop_affine = void;

    /// One that is closed.
    file() noexcept = default;
    file(file&& other) noexcept = default;
    file& operator=(file&& other) noexcept;
    /// Closes it; tasks that still use it get `errc::closed`, and the descriptor is closed when the
    /// last of them has ended. What close(2) says is lost, and on a network file system it may
    /// block: `co_await close()` does neither.
    ~file();

    /// Opens the file at a path, for reading if nothing else is said. The descriptor is not
    /// inherited by programs that this one starts. No other process is waited for: a FIFO is open
    /// for reading at once, and for writing only if somebody reads it (ENXIO).
    /// **Cancel** it is not open then; one that was to be made may have been.
    [[nodiscard]] static async<file> open(std::string path, file_options options = {});
    /// Opens a file without a name, for writing and reading, in a directory, or where temporary
    /// files belong ($TMPDIR, /tmp). It takes its space only as long as it is open.
    [[nodiscard]] static async<file> open_temporary(std::string directory = {});

    // --- at the position

    /// Reads what there is, at most as much as fits. **Returns** how many bytes; 0 at the end of
    /// the file, or if there was no room. It may be less than is left.
    /// **Borrows** the memory until it returns.
    [[nodiscard("bytes are lost if nobody looks how many came")]] async<std::size_t> read_some(
        byte_span target);
    /// The same into a string. **Returns** an empty one at the end.
    [[nodiscard]] async<std::string> read_some(std::size_t bytes_max);
    /// Reads to the end. **Fails** with `limit_exceeded`, bytes_max; the position is as before
    /// then.
    [[nodiscard]] async<std::string> read_all(std::size_t bytes_max = std::size_t{1} << 30);
    /// Writes all of it; to the end of a file that was opened to append, whose position stays.
    /// **Borrows** the bytes until it returns.
    /// **Fails** the position is behind what was written. **Cancel** the same.
    async<> write(byte_view bytes);
    /// The lines from the position on, without their "\n" or "\r\n"; the last one needs none. The
    /// position is behind the line that was given last, so one may go on otherwise, or `seek`
    /// between two lines.
    ///
    /// **Borrows** nothing: once the file is closed or gone, the next line is `errc::closed`.
    /// **Fails** with `limit_exceeded`, line_bytes_max; the position is before the long line.
    [[nodiscard]] async_generator<std::string> lines(std::size_t line_bytes_max = std::size_t{1}
                                                                                  << 20);

    [[nodiscard]] std::uint64_t position() const noexcept;
    /// Goes to an offset from the beginning, also behind the end. **Fails** with usage_error while
    /// a task uses the position.
    void seek(std::uint64_t offset);
    /// Goes to the end, as it is now. **Returns** the position.
    async<std::uint64_t> seek_to_end();

    // --- anywhere: these do not use the position, and may overlap

    /// Reads from an offset, as `read_some` does.
    [[nodiscard("bytes are lost if nobody looks how many came")]] async<std::size_t> pread(
        byte_span target, std::uint64_t offset);
    /// Writes all of it to an offset. In a file that was opened to append Linux writes it to the
    /// end.
    /// **Fails** any number of bytes may have been written. **Cancel** the same.
    async<> pwrite(byte_view bytes, std::uint64_t offset);
    /// Cuts the file, or lengthens it with zeros.
    async<> truncate(std::uint64_t size);
    /// Waits until what was written is on the disk.
    async<> sync(sync_what what = sync_what::all);
    [[nodiscard]] async<file_status> status();

    // --- the end

    /// Closes it: tasks that still use it get `errc::closed`, and are waited for. Does nothing if
    /// it is closed.
    /// **Fails** with what close(2) says, such as writes that did not reach a server; it is closed
    /// then too. **Cancel** it is closed.
    async<> close();
    [[nodiscard]] bool is_closed() const noexcept;

    /// As it was opened; of a temporary file its directory. Empty if closed.
    [[nodiscard]] const std::string& path() const noexcept;
    /// The descriptor, for those who know what to do with it; -1 if closed.
    [[nodiscard]] int native_handle() const noexcept;

private:
    friend struct detail::file_access;
    explicit file(detail::file_ref state) noexcept : state_{std::move(state)} {}
    static async<file> open_checked(std::string path, detail::file_opening how);

    detail::file_ref state_;
};

}  // namespace patio

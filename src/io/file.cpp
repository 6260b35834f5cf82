// SPDX-License-Identifier: MIT

#include <patio/io/file.hpp>

#include "file_state.hpp"
#include "file_status_access.hpp"
#include "perform.hpp"
#include "temporary_names.hpp"

#include <patio/core/loop.hpp>

#include <cstring>
#include <optional>

namespace patio {
namespace detail {

file_ref::file_ref(const file_ref& other) noexcept : state_{other.state_} {
    if (state_ != nullptr) ++state_->references;
}

file_ref::~file_ref() {
    if (state_ != nullptr && --state_->references == 0) delete state_;
}

file_opening::file_opening(const file_options& options) noexcept
    : permissions{options.permissions_} {
    switch (options.mode_) {
        case file_mode::read:
            flags |= O_RDONLY;
            break;
        case file_mode::read_write:
            flags |= O_RDWR;
            if (options.creates_) flags |= O_CREAT;
            break;
        case file_mode::write:
            flags |= (options.also_reads_ ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
            break;
        case file_mode::append:
            flags |= (options.also_reads_ ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
            break;
        case file_mode::create:
            flags |= (options.also_reads_ ? O_RDWR : O_WRONLY) | O_CREAT | O_EXCL;
            break;
    }
    if (options.syncs_writes_) flags |= O_DSYNC;
    if (options.is_direct_) flags |= O_DIRECT;
    if (options.refuses_links_) flags |= O_NOFOLLOW;
}

namespace {

/// The most that is copied out of the page cache in one go, on the loop's thread: some 30 µs.
constexpr std::size_t quick_bytes_max = std::size_t{256} << 10;
constexpr std::size_t block_bytes = std::size_t{64} << 10;

file_ref make_state(file_descriptor fd, std::string path, int flags) {
    auto* state = new file_state;
    file_ref made{state};
    state->fd = std::move(fd);
    state->path = std::move(path);
    // Asks for the position only, which needs no disk and no server.
    state->is_seekable = ::lseek(state->fd.value(), 0, SEEK_CUR) >= 0;
    state->appends = (flags & O_APPEND) != 0;
    // Past the page cache "without waiting" would still wait for the disk.
    if ((flags & O_DIRECT) != 0) state->quick.forbid();
    return made;
}

/// A look into the page cache. It suspends only to give others a turn.
class quick_read {
public:
    explicit quick_read(const pread_call& call) noexcept : call_{&call} {}

    bool await_ready() noexcept {
        if (!spend_budget()) return false;
        result_ = call_->without_waiting();
        return true;
    }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (is_being_cancelled()) {
            begin_wait(frame, wait_kind::kernel, where);
            return;
        }
        result_ = call_->without_waiting();
        wait_one_turn(frame, where);
    }
    call_result await_resume() const {
        deliver_cancellation();
        return result_;
    }

private:
    const pread_call* call_;
    call_result result_ = 0;
};

/// Reads what there is. The caller stands in for the file's staying open.
async<call_result> read_into(file_state& state, byte_span target, std::uint64_t offset) {
    pread_call call{state.fd.value(), target.data(), target.size(), state.kernel_offset(offset)};
    if (state.quick.should_try()) {
        call.size = std::min(call.size, quick_bytes_max);
        quick_read quick{call};
        const call_result found = co_await quick;
        state.quick.note(found);
        if (found >= 0) co_return found;
        call.size = target.size();
    }
    if (state.is_closed) co_return call_result{0};  // while others had their turn: check() says so
    auto waiting = perform(call);
    const call_result result = co_await std::move(waiting);
    co_return result;
}

/// Writes all, and counts in `offset` what has been written.
async<> write_all(const using_file& use, file_state& state, byte_view bytes,
                  std::uint64_t& offset) {
    while (!bytes.empty()) {
        auto waiting = perform(
            pwrite_call{state.fd.value(), bytes.data(), bytes.size(), state.kernel_offset(offset)});
        const call_result written = co_await std::move(waiting);
        if (written > 0) offset += static_cast<std::uint64_t>(written);
        use.check(written == 0 ? -EIO : written);  // no progress and no reason: never for ever
        bytes = bytes.from(static_cast<std::size_t>(written));
    }
}

async<std::size_t> pread_of(file_ref file, byte_span target, std::uint64_t offset) {
    const using_file use{file, "reading"};
    if (target.empty()) co_return std::size_t{0};
    const call_result count = co_await read_into(*file.get(), target, offset);
    co_return static_cast<std::size_t>(use.check(count));
}

async<std::size_t> read_some_of(file_ref file, byte_span target) {
    const using_position use{file, "reading"};
    if (target.empty()) co_return std::size_t{0};
    const call_result count = co_await read_into(*file.get(), target, file->position);
    const auto moved = static_cast<std::size_t>(use.check(count));
    file->position += moved;
    co_return moved;
}

async<std::string> read_some_of(file_ref file, std::size_t bytes_max) {
    std::string text(std::min(bytes_max, quick_bytes_max), '\0');
    const std::size_t count = co_await read_some_of(std::move(file), text);
    text.resize(count);
    co_return text;
}

async<std::string> read_all_of(file_ref file, std::size_t bytes_max) {
    const using_position use{file, "reading"};
    std::string text;
    std::size_t count = 0;
    for (;;) {
        if (count == text.size()) {
            std::size_t room = std::max(block_bytes, 2 * text.size());
            if (room > bytes_max) room = bytes_max + 1;  // one more, to see that there is more
            text.resize(room);
        }
        const byte_span rest = byte_span{text}.from(count);
        const call_result read = co_await read_into(*file.get(), rest, file->position + count);
        count += static_cast<std::size_t>(use.check(read));
        if (count > bytes_max) throw limit_exceeded{"bytes_max", bytes_max};
        if (read == 0) break;
    }
    text.resize(count);
    file->position += count;
    co_return text;
}

async<> write_of(file_ref file, byte_view bytes) {
    const using_position use{file, "writing"};
    std::uint64_t end = file->position;  // what the kernel makes of it is not known
    auto waiting = write_all(use, *file.get(), bytes, file->appends ? end : file->position);
    co_await std::move(waiting);
}

async<> pwrite_of(file_ref file, byte_view bytes, std::uint64_t offset) {
    const using_file use{file, "writing"};
    auto waiting = write_all(use, *file.get(), bytes, offset);
    co_await std::move(waiting);
}

async<> sync_of(file_ref file, sync_what what) {
    const using_file use{file, "syncing"};
    auto waiting = perform(sync_call{file->fd.value(), what == sync_what::data});
    const call_result result = co_await std::move(waiting);
    use.check(result);
}

// --- on threads

call_result truncate_now(int fd, std::uint64_t size) noexcept {
    return uninterrupted([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

call_result find_end_now(int fd) noexcept { return or_errno(::lseek(fd, 0, SEEK_END)); }

async<> truncate_of(file_ref file, std::uint64_t size) {
    const using_file use{file, "truncating"};
    auto on_thread = make_job(nullptr, truncate_now, file->fd.value(), size);
    const call_result result = co_await std::move(on_thread);
    use.check(result);
}

async<std::uint64_t> seek_to_end_of(file_ref file) {
    const using_position use{file, "seeking in"};
    auto on_thread = make_job(nullptr, find_end_now, file->fd.value());
    const call_result result = co_await std::move(on_thread);
    file->position = static_cast<std::uint64_t>(use.check(result));
    co_return file->position;
}

async<file_status> status_of(file_ref file) {
    const using_file use{file, "asking for the status of"};
    status_answer answer;
    auto on_thread = make_job(nullptr, find_status_of_open, file->fd.value(), &answer);
    const call_result result = co_await std::move(on_thread);
    use.check(result);
    co_return status_access::make(answer);
}

/// A file without a name; where the file system has none, one whose name is taken away.
call_result open_unnamed_now(const std::string& directory) {
    constexpr int flags = O_RDWR | O_CLOEXEC | O_EXCL;
    const call_result unnamed = uninterrupted(
        [&] { return ::open(directory.c_str(), flags | O_TMPFILE, S_IRUSR | S_IWUSR); });
    // open(2): EISDIR says that the kernel knows no such files.
    if (unnamed != -EOPNOTSUPP && unnamed != -EISDIR) return unnamed;
    const std::string path = directory + "/" + temporary_name();
    const call_result named =
        uninterrupted([&] { return ::open(path.c_str(), flags | O_CREAT, S_IRUSR | S_IWUSR); });
    if (named >= 0) ::unlink(path.c_str());
    return named;
}

// --- lines

/// Bytes of a file from a position on, of which some may have been given away.
class line_buffer {
public:
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    /// Where its first byte stands in the file.
    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
    void restart(std::uint64_t position) noexcept {
        begin_ = end_ = 0;
        position_ = position;
    }

    /// The length of the first line, with its end; 0 if that is not here.
    [[nodiscard]] std::size_t find_line(std::size_t searched) const noexcept {
        const char* from = bytes_.data() + begin_ + searched;
        const void* found = std::memchr(from, '\n', size() - searched);
        if (found == nullptr) return 0;
        return static_cast<std::size_t>(static_cast<const char*>(found) - from) + searched + 1;
    }
    [[nodiscard]] std::string take_line(std::size_t length) {
        std::string line{bytes_, begin_, length};
        begin_ += length;
        position_ += length;
        if (line.back() == '\n') {
            line.pop_back();
            if (!line.empty() && line.back() == '\r') line.pop_back();
        }
        return line;
    }

    byte_span room() {
        bytes_.erase(0, begin_);
        end_ -= std::exchange(begin_, 0);
        bytes_.resize(end_ + std::max(block_bytes, end_));
        return byte_span{bytes_}.from(end_);
    }
    void add(std::size_t count) noexcept { end_ += count; }

private:
    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t position_ = 0;
};

async<std::optional<std::string>> next_line(file_ref file, line_buffer& buffer,
                                            std::size_t line_bytes_max) {
    const using_position use{file, "reading"};
    if (buffer.position() != file->position) buffer.restart(file->position);
    std::size_t searched = 0;
    for (;;) {
        std::size_t length = buffer.find_line(searched);
        searched = buffer.size();
        if (length > line_bytes_max || (length == 0 && searched > line_bytes_max)) {
            throw limit_exceeded{"line_bytes_max", line_bytes_max};
        }
        if (length == 0) {
            const byte_span room = buffer.room();
            const call_result read =
                co_await read_into(*file.get(), room, file->position + searched);
            buffer.add(static_cast<std::size_t>(use.check(read)));
            if (read > 0) continue;
            length = searched;  // the last line may have no end
            if (length == 0) co_return std::nullopt;
        }
        std::optional<std::string> line{buffer.take_line(length)};
        file->position = buffer.position();
        co_return line;
    }
}

async_generator<std::string> lines_of(file_ref file, std::size_t line_bytes_max) {
    line_buffer buffer;
    buffer.restart(0);
    for (;;) {
        std::optional<std::string> line = co_await next_line(file, buffer, line_bytes_max);
        if (!line) co_return;
        co_yield std::move(*line);
    }
}

// --- closing

/// Whatever becomes of the orderly end, the descriptor is closed then.
class closing_guard {
public:
    explicit closing_guard(file_state& state) noexcept : state_{state} {
        state_.is_closed = true;
        state_.is_closing = true;
    }
    closing_guard(const closing_guard&) = delete;
    closing_guard& operator=(const closing_guard&) = delete;
    ~closing_guard() {
        state_.is_closing = false;
        state_.close_when_idle();
    }

private:
    file_state& state_;
};

async<> close_of(file_ref file) {
    if (!file || file->is_closed) co_return;
    const closing_guard guard{*file.get()};
    if (file->operations > 0) co_await file->idle.wait();
    auto waiting = perform(close_call{file->fd.value()});
    const call_result result = co_await std::move(waiting);
    // The call has been made, so the number may belong to somebody else by now.
    static_cast<void>(file->fd.release());
    if (result == -EINTR) co_return;  // close(2): it is closed, and nothing else is known
    check_call(result, "closing", file->path);
}

}  // namespace
}  // namespace detail

using detail::file_ref;

file& file::operator=(file&& other) noexcept {
    if (this != &other) {
        file old{std::move(*this)};
        state_ = std::move(other.state_);
    }
    return *this;
}

file::~file() {
    if (state_ && !state_->is_closed) state_->close_when_idle();
}

file detail::file_access::adopt(file_descriptor fd, std::string path, int flags) {
    return file{make_state(std::move(fd), std::move(path), flags)};
}

async<file> file::open(std::string path, file_options options) {
    return open_checked(std::move(path), detail::file_opening{options});
}

async<file> file::open_checked(std::string path, detail::file_opening how) {
    detail::check_path("opening", path);
    auto waiting = detail::perform(detail::open_call{path.c_str(), how.flags, how.permissions});
    const detail::call_result result = co_await std::move(waiting);
    const detail::call_result fd = detail::check_call(result, "opening", path);
    detail::file_descriptor owned{static_cast<int>(fd)};
    co_return file{detail::make_state(std::move(owned), std::move(path), how.flags)};
}

async<file> file::open_temporary(std::string directory) {
    if (directory.empty()) directory = detail::default_temporary_directory();
    detail::check_path("making a temporary file in", directory);
    auto on_thread = detail::make_job(nullptr, detail::open_unnamed_now, directory);
    const detail::call_result result = co_await std::move(on_thread);
    const auto fd = detail::check_call(result, "making a temporary file in", directory);
    detail::file_descriptor owned{static_cast<int>(fd)};
    co_return file{detail::make_state(std::move(owned), std::move(directory), 0)};
}

async<std::size_t> file::read_some(byte_span target) {
    return detail::read_some_of(state_, target);
}
async<std::string> file::read_some(std::size_t bytes_max) {
    return detail::read_some_of(state_, bytes_max);
}
async<std::string> file::read_all(std::size_t bytes_max) {
    return detail::read_all_of(state_, bytes_max);
}
async<> file::write(byte_view bytes) { return detail::write_of(state_, bytes); }
async_generator<std::string> file::lines(std::size_t line_bytes_max) {
    return detail::lines_of(state_, line_bytes_max);
}

std::uint64_t file::position() const noexcept { return state_ ? state_->position : 0; }
void file::seek(std::uint64_t offset) {
    const detail::using_position use{state_, "seeking in"};
    state_->position = offset;
}
async<std::uint64_t> file::seek_to_end() { return detail::seek_to_end_of(state_); }

async<std::size_t> file::pread(byte_span target, std::uint64_t offset) {
    return detail::pread_of(state_, target, offset);
}
async<> file::pwrite(byte_view bytes, std::uint64_t offset) {
    return detail::pwrite_of(state_, bytes, offset);
}
async<> file::truncate(std::uint64_t size) { return detail::truncate_of(state_, size); }
async<> file::sync(sync_what what) { return detail::sync_of(state_, what); }
async<file_status> file::status() { return detail::status_of(state_); }

async<> file::close() { return detail::close_of(state_); }
bool file::is_closed() const noexcept { return !state_ || state_->is_closed; }

const std::string& file::path() const noexcept {
    static const std::string none;
    return is_closed() ? none : state_->path;
}
int file::native_handle() const noexcept { return is_closed() ? -1 : state_->fd.value(); }

}  // namespace patio

// SPDX-License-Identifier: MIT

// Writing whole files. All of it is one function on a thread: opening a file that is to be made,
// waiting for the disk and renaming would each go to a thread of the kernel's anyway, and what is
// begun here can be cleaned up here, without the loop.

#include <patio/io/files.hpp>

#include "file_calls.hpp"
#include "file_descriptor.hpp"
#include "file_errors.hpp"
#include "temporary_names.hpp"

#include <patio/io/detail/job.hpp>
#include <patio/io/stop_signal.hpp>

#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace patio {
namespace detail {
namespace {

constexpr mode_t default_permissions = 0666;

file_descriptor open_now(const char* doing, const std::string& path, const std::string& named,
                         int flags, mode_t permissions) {
    const call_result fd = uninterrupted([&] {
        return ::open(path.c_str(), flags | O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, permissions);
    });
    return file_descriptor{static_cast<int>(check_call(fd, doing, named))};
}

/// How much is written between two looks at the signal: a millisecond or so.
constexpr std::size_t step_bytes_default = std::size_t{1} << 20;

/// False if it was told to stop before the end.
bool write_now(const file_descriptor& file, byte_view bytes, const std::string& path,
               const stop_signal& stop, std::size_t step_bytes = step_bytes_default) {
    while (!bytes.empty()) {
        if (stop.requested()) return false;
        const byte_view step = bytes.first(step_bytes);
        const call_result written =
            uninterrupted([&] { return ::write(file.value(), step.data(), step.size()); });
        check_call(written == 0 ? -EIO : written, "writing", path);
        bytes = bytes.from(static_cast<std::size_t>(written));
    }
    return true;
}

void close_now(file_descriptor file, const std::string& path) {
    const call_result result = or_errno(::close(file.release()));
    if (result != -EINTR) check_call(result, "closing", path);  // close(2): closed all the same
}

void write_in_place(const stop_signal& stop, const std::string& path, byte_view bytes, int flags,
                    std::size_t step_bytes) {
    file_descriptor file = open_now("opening", path, path, flags, default_permissions);
    if (write_now(file, bytes, path, stop, step_bytes)) close_now(std::move(file), path);
}

/// Takes the temporary name away again, unless it was given away.
class name_guard {
public:
    explicit name_guard(const std::string& path) noexcept : path_{path.c_str()} {}
    name_guard(const name_guard&) = delete;
    name_guard& operator=(const name_guard&) = delete;
    ~name_guard() {
        if (path_ != nullptr) ::unlink(path_);
    }
    void release() noexcept { path_ = nullptr; }

private:
    const char* path_;
};

/// Up to and with the last slash; empty if there is none.
std::string directory_part(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

/// Makes the new name last. Some file systems cannot sync a directory, and need not.
void sync_directory(const std::string& directory) {
    const std::string path = directory.empty() ? "." : directory;
    const call_result fd =
        uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd == -EACCES) return;  // it may be written to, but not opened
    const file_descriptor opened{static_cast<int>(check_call(fd, "opening", path))};
    const call_result result = uninterrupted([&] { return ::fsync(opened.value()); });
    if (result != -EINVAL && result != -EROFS) check_call(result, "syncing", path);
}

/// Looks at the signal at each step up to the rename; after that the new file is there to stay.
void replace_file(const stop_signal& stop, const std::string& path, byte_view bytes) {
    const std::string directory = directory_part(path);
    const std::string temporary = directory + temporary_name();
    struct stat old{};
    const bool has_old = ::stat(path.c_str(), &old) == 0;
    if (stop.requested()) return;
    // What is to be secret must not be open for others before it has its permissions.
    file_descriptor file = open_now("making a file beside", temporary, path, O_EXCL,
                                    has_old ? S_IRUSR | S_IWUSR : default_permissions);
    name_guard guard{temporary};
    if (has_old) {
        const call_result set =
            uninterrupted([&] { return ::fchmod(file.value(), old.st_mode & 0777U); });
        check_call(set, "setting the permissions of", path);
    }
    if (!write_now(file, bytes, path, stop) || stop.requested()) return;
    check_call(uninterrupted([&] { return ::fsync(file.value()); }), "syncing", path);
    close_now(std::move(file), path);
    if (stop.requested()) return;
    check_call(uninterrupted([&] { return ::rename(temporary.c_str(), path.c_str()); }),
               "replacing", path);
    guard.release();
    sync_directory(directory);
}

void write_file_now(stop_signal stop, const std::string* path, byte_view bytes, write_how how) {
    if (how == write_how::atomic) {
        replace_file(stop, *path, bytes);
    } else {
        write_in_place(stop, *path, bytes, O_TRUNC, step_bytes_default);
    }
}

void append_file_now(stop_signal stop, const std::string* path, byte_view bytes) {
    write_in_place(stop, *path, bytes, O_APPEND, call_bytes_max);  // in one piece: see append_file
}

}  // namespace
}  // namespace detail

async<> write_file(std::string path, byte_view bytes, write_how how) {
    detail::check_path("writing", path);
    auto job = detail::make_job(nullptr, detail::write_file_now, &path, bytes, how);
    co_await std::move(job);
}

async<> append_file(std::string path, byte_view bytes) {
    detail::check_path("writing", path);
    auto job = detail::make_job(nullptr, detail::append_file_now, &path, bytes);
    co_await std::move(job);
}

}  // namespace patio

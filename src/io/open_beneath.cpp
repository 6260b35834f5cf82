// SPDX-License-Identifier: MIT

#include "open_beneath.hpp"

#include "file_descriptor.hpp"
#include "file_errors.hpp"
#include "file_state.hpp"
#include "file_status_access.hpp"
#include "system_call.hpp"

#include <patio/io/detail/job.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace patio::detail {

namespace {

constexpr const char* doing = "opening";
constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr int directory_flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

/// `struct open_how` of <linux/openat2.h>, which older systems lack.
struct open_how {
    std::uint64_t flags;
    std::uint64_t mode;
    std::uint64_t resolve;
};
constexpr std::uint64_t resolve_no_magic_links = 0x02;
constexpr std::uint64_t resolve_beneath = 0x08;
constexpr std::uint64_t resolve_cached = 0x20;  // Linux 5.12
constexpr long openat2_number = 437;            // on every architecture

struct opened_now {
    call_result result = 0;
    file_descriptor fd;
    status_answer status{};
};

std::string name_of(int fd) {
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    std::array<char, 4096> text{};
    const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
    if (size <= 0 || static_cast<std::size_t>(size) == text.size()) return {};
    return {text.data(), static_cast<std::size_t>(size)};
}

call_result open_by(int directory, const char* path, int flags, std::uint64_t resolve) {
    const open_how how{static_cast<std::uint64_t>(flags), 0, resolve};
    const auto call = [&] { return ::syscall(openat2_number, directory, path, &how, sizeof how); };
    return uninterrupted(call);
}

/// Opens what the kernel has in memory, without waiting for a disk.
opened_now open_cached(const char* directory, const char* path, links_beneath links) {
    opened_now made;
    made.result = open_by(AT_FDCWD, directory, directory_flags, resolve_cached);
    if (made.result < 0) return made;
    const file_descriptor root{static_cast<int>(made.result)};
    const std::uint64_t inside =
        links == links_beneath::stay_inside ? resolve_beneath | resolve_no_magic_links : 0;
    made.result = open_by(root.value(), path, open_flags, inside | resolve_cached);
    if (made.result < 0) return made;
    made.fd = file_descriptor{static_cast<int>(made.result)};
    made.result = find_status_of_open(made.fd.value(), &made.status);
    return made;
}

/// Whether a thread has to find out: the names are not in memory, or the system does not know the
/// question (Linux before 5.12), or does not let it through.
bool is_undecided(call_result result) noexcept {
    return result == -EAGAIN || result == -EINVAL || result == -ENOSYS || result == -EPERM;
}

call_result open_inside(int directory, const char* path) {
    const call_result opened =
        open_by(directory, path, open_flags, resolve_beneath | resolve_no_magic_links);
    // EAGAIN: somebody has renamed something meanwhile, and the kernel could not be sure.
    if (opened != -ENOSYS && opened != -EPERM && opened != -EAGAIN) return opened;
    const call_result fd = uninterrupted([&] { return ::openat(directory, path, open_flags, 0); });
    if (fd < 0 || is_beneath(directory, static_cast<int>(fd))) return fd;
    ::close(static_cast<int>(fd));
    return -EXDEV;
}

opened_now open_now(const char* directory, const char* path, links_beneath links) {
    opened_now made;
    made.result = uninterrupted([&] { return ::open(directory, directory_flags); });
    if (made.result < 0) return made;
    const file_descriptor root{static_cast<int>(made.result)};
    made.result = links == links_beneath::stay_inside
                      ? open_inside(root.value(), path)
                      : uninterrupted([&] { return ::openat(root.value(), path, open_flags, 0); });
    if (made.result < 0) return made;
    made.fd = file_descriptor{static_cast<int>(made.result)};
    made.result = find_status_of_open(made.fd.value(), &made.status);
    return made;
}

/// `found`: it is another failure.
beneath judge(call_result result) noexcept {
    switch (-result) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
        case ELOOP:
        case EXDEV:
        case ENXIO:   // a socket
        case ENODEV:  // a device without a driver
            return beneath::not_found;
        case EACCES:
            return beneath::forbidden;
        default:
            return beneath::found;
    }
}

opened_beneath told(opened_now got, const std::string& directory, const std::string& path) {
    opened_beneath made;
    made.outcome = got.result < 0 ? judge(got.result) : beneath::found;
    if (made.outcome != beneath::found) return made;
    std::string whole = directory + "/" + path;
    check_call(got.result, doing, whole);
    made.status = status_access::make(got.status);
    made.opened = file_access::adopt(std::move(got.fd), std::move(whole), open_flags);
    return made;
}

}  // namespace

bool is_beneath(int directory, int opened) {
    const std::string outer = name_of(directory);
    const std::string inner = name_of(opened);
    if (outer.empty() || !std::string_view{inner}.starts_with(outer)) return false;
    return inner.size() == outer.size() || outer == "/" || inner[outer.size()] == '/';
}

async<opened_beneath> open_beneath(std::string directory, std::string path, links_beneath links) {
    check_path(doing, directory);
    check_path(doing, path);
    if (path.empty()) path = ".";
    opened_now got = open_cached(directory.c_str(), path.c_str(), links);
    if (!is_undecided(got.result)) co_return told(std::move(got), directory, path);
    auto opening = open_beneath_on_thread(std::move(directory), std::move(path), links);
    co_return co_await std::move(opening);
}

async<opened_beneath> open_beneath_on_thread(std::string directory, std::string path,
                                             links_beneath links) {
    check_path(doing, directory);
    check_path(doing, path);
    if (path.empty()) path = ".";
    const auto call = [in = directory.c_str(), at = path.c_str(), links] {
        return open_now(in, at, links);
    };
    auto on_thread = make_job(nullptr, call);
    opened_now got = co_await std::move(on_thread);
    co_return told(std::move(got), directory, path);
}

}  // namespace patio::detail

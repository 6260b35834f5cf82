// SPDX-License-Identifier: MIT

#include <patio/io/directory.hpp>

#include "file_calls.hpp"
#include "file_errors.hpp"
#include "file_status_access.hpp"

#include <patio/io/detail/job.hpp>

#include <cstring>
#include <vector>

#include <dirent.h>

namespace patio {
namespace detail {
namespace {

/// A directory that is being read: by the thread that has it, while the generator waits.
class directory_reader {
public:
    explicit directory_reader(std::string path) noexcept : path_{std::move(path)} {}
    directory_reader(const directory_reader&) = delete;
    directory_reader& operator=(const directory_reader&) = delete;
    ~directory_reader() { close(); }

    /// Replaces what is in `entries` by the next portion. False if that was the last one.
    bool read(std::vector<directory_entry>& entries);

private:
    static constexpr std::size_t portion_size = 256;

    void open();
    void close() noexcept {
        if (opened_ != nullptr) ::closedir(std::exchange(opened_, nullptr));
    }
    [[nodiscard]] file_type type_of(const dirent& entry) const noexcept;

    std::string path_;
    DIR* opened_ = nullptr;
};

void directory_reader::open() {
    check_path("listing", path_);
    const call_result fd =
        uninterrupted([&] { return ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    check_call(fd, "listing", path_);
    opened_ = ::fdopendir(static_cast<int>(fd));
    if (opened_ != nullptr) return;
    const int reason = errno;
    ::close(static_cast<int>(fd));
    fail_call(-reason, "listing", path_);
}

bool directory_reader::read(std::vector<directory_entry>& entries) {
    entries.clear();
    if (opened_ == nullptr) open();
    while (entries.size() < portion_size) {
        errno = 0;  // readdir(3): the only way to tell the end from an error
        const dirent* entry = ::readdir(opened_);
        if (entry == nullptr) {
            if (errno != 0) fail_call(-errno, "listing", path_);
            close();
            return false;
        }
        if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
        entries.emplace_back(entry->d_name, type_of(*entry));
    }
    return true;
}

file_type directory_reader::type_of(const dirent& entry) const noexcept {
    // As DTTOIF of <dirent.h> does it, which mixes signs.
    if (entry.d_type != DT_UNKNOWN) return status_access::type_of(mode_t{entry.d_type} << 12U);
    // Not every file system keeps the type with the name.
    status_answer answer;
    const call_result result = uninterrupted(
        [&] { return ::fstatat(::dirfd(opened_), entry.d_name, &answer, AT_SYMLINK_NOFOLLOW); });
    return result < 0 ? file_type::unknown : status_access::type_of(answer.st_mode);
}

bool read_portion(directory_reader* reader, std::vector<directory_entry>* entries) {
    return reader->read(*entries);
}

}  // namespace
}  // namespace detail

async_generator<directory_entry> list_directory(std::string path) {
    detail::directory_reader reader{std::move(path)};
    std::vector<directory_entry> entries;
    bool has_more = true;
    while (has_more) {
        auto job = detail::make_job(nullptr, detail::read_portion, &reader, &entries);
        has_more = co_await std::move(job);
        for (directory_entry& entry : entries)
            co_yield std::move(entry);
    }
}

}  // namespace patio

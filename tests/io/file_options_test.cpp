// SPDX-License-Identifier: MIT

#include <patio/io/file_options.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/io/file.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

namespace {

using patio::async;
using patio::file;
using patio::file_mode;
using patio::file_options;
using patio::test_support::scratch_directory;

class opening : public patio::test_support::on_each_driver {
protected:
    /// Opens a file, writes "new" if it may, and closes it.
    std::error_code use(const std::string& path, file_options how) {
        const auto main = [&]() -> async<std::error_code> {
            try {
                file opened = co_await file::open(path, how);
                flags_ = ::fcntl(opened.native_handle(), F_GETFL);
                if ((flags_ & O_ACCMODE) != O_RDONLY) co_await opened.write("new");
                co_await opened.close();
            } catch (const patio::error& failure) {
                co_return failure.code();
            }
            co_return std::error_code{};
        };
        return patio::run(main(), options());
    }
    [[nodiscard]] int access() const { return flags_ & O_ACCMODE; }

    scratch_directory scratch_;
    int flags_ = 0;
};
PATIO_TEST_ON_EACH_DRIVER(opening);

TEST_P(opening, reads_and_demands_that_there_is_one_by_default) {
    EXPECT_EQ(use(scratch_ / "none", {}), std::errc::no_such_file_or_directory);
    EXPECT_FALSE(use(scratch_.make("a", "old"), {}));
    EXPECT_EQ(access(), O_RDONLY);
}

TEST_P(opening, for_read_write_keeps_what_is_there) {
    EXPECT_EQ(use(scratch_ / "none", file_mode::read_write), std::errc::no_such_file_or_directory);
    const std::string path = scratch_.make("a", "old and long");
    EXPECT_FALSE(use(path, file_mode::read_write));
    EXPECT_EQ(access(), O_RDWR);
    EXPECT_EQ(scratch_directory::content_of(path), "new and long");
}

TEST_P(opening, for_read_write_makes_a_file_if_asked_to) {
    EXPECT_FALSE(use(scratch_ / "a", file_options{file_mode::read_write}.create_if_missing()));
    EXPECT_EQ(scratch_directory::content_of(scratch_ / "a"), "new");
}

TEST_P(opening, for_write_empties_or_makes) {
    const std::string path = scratch_.make("a", "old and long");
    EXPECT_FALSE(use(path, file_mode::write));
    EXPECT_EQ(access(), O_WRONLY);
    EXPECT_EQ(scratch_directory::content_of(path), "new");
    EXPECT_FALSE(use(scratch_ / "b", file_options{file_mode::write}.also_read()));
    EXPECT_EQ(access(), O_RDWR);
}

TEST_P(opening, for_append_keeps_or_makes) {
    const std::string path = scratch_.make("a", "old ");
    EXPECT_FALSE(use(path, file_mode::append));
    EXPECT_EQ(scratch_directory::content_of(path), "old new");
    EXPECT_FALSE(use(scratch_ / "b", file_mode::append));
    EXPECT_EQ(scratch_directory::content_of(scratch_ / "b"), "new");
}

TEST_P(opening, for_create_refuses_what_exists) {
    const std::string path = scratch_.make("a", "old");
    EXPECT_EQ(use(path, file_mode::create), std::errc::file_exists);
    EXPECT_EQ(scratch_directory::content_of(path), "old");
    EXPECT_FALSE(use(scratch_ / "b", file_mode::create));
}

TEST_P(opening, gives_a_new_file_the_permissions_less_the_umask) {
    const mode_t before = ::umask(022);
    EXPECT_FALSE(use(scratch_ / "a", file_mode::write));
    EXPECT_FALSE(use(scratch_ / "b", file_options{file_mode::write}.permissions(0620)));
    ::umask(before);
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(scratch_ / "a").permissions(), perms{0644});
    EXPECT_EQ(std::filesystem::status(scratch_ / "b").permissions(), perms{0600});
}

TEST_P(opening, may_ask_for_writes_that_reach_the_disk) {
    EXPECT_FALSE(use(scratch_ / "a", file_options{file_mode::write}.sync_writes()));
    EXPECT_EQ(flags_ & O_DSYNC, O_DSYNC);
}

TEST_P(opening, may_refuse_symbolic_links) {
    const std::string target = scratch_.make("a", "old");
    std::filesystem::create_symlink(target, scratch_ / "link");
    EXPECT_EQ(use(scratch_ / "link", file_options{file_mode::read}.refuse_links()),
              std::errc::too_many_symbolic_link_levels);
    EXPECT_FALSE(use(scratch_ / "link", file_mode::read));
}

TEST_P(opening, may_go_past_the_page_cache) {
    const std::string content = patio::test_support::pattern(8192);
    const std::string path = scratch_.make("a", content);
    const auto main = [&]() -> async<std::string> {
        file source = co_await file::open(path, file_options{file_mode::read}.direct());
        alignas(4096) static char block[4096];
        const std::size_t count = co_await source.pread(block, 4096);
        co_return std::string{block, count};
    };
    std::string got;
    try {
        got = patio::run(main(), options());
    } catch (const patio::error& refused) {
        if (refused.code() != std::errc::invalid_argument) throw;
        GTEST_SKIP() << "the file system of temporary files knows no O_DIRECT";
    }
    EXPECT_TRUE(got == content.substr(4096));
}

}  // namespace

// SPDX-License-Identifier: MIT

#include <patio/io/file_status.hpp>

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/io/files.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::file_status;
using patio::file_type;
using patio::test_support::scratch_directory;

class a_status : public patio::test_support::on_each_driver {
protected:
    static file_status of(const std::string& path) {
        return patio::run(patio::status_of(path), options());
    }
    static file_status of_link(const std::string& path) {
        return patio::run(patio::status_of_link(path), options());
    }
    scratch_directory scratch_;
};
PATIO_TEST_ON_EACH_DRIVER(a_status);

TEST_P(a_status, tells_what_stat_tells) {
    const std::string path = scratch_.make("a", std::string(5000, 'x'));
    ASSERT_EQ(::chmod(path.c_str(), 02754), 0);
    const timespec times[2] = {{1'000'000'000, 5}, {1'500'000'000, 7}};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    std::filesystem::create_hard_link(path, scratch_ / "b");
    struct ::stat expected{};
    ASSERT_EQ(::stat(path.c_str(), &expected), 0);
    const file_status status = of(path);
    EXPECT_EQ(status.type(), file_type::regular);
    EXPECT_EQ(status.size(), 5000U);
    EXPECT_EQ(status.disk_size(), static_cast<std::uint64_t>(expected.st_blocks) * 512);
    EXPECT_EQ(status.permissions(), 02754U);
    EXPECT_EQ(status.owner_id(), ::getuid());
    EXPECT_EQ(status.group_id(), expected.st_gid);
    EXPECT_EQ(status.link_count(), 2U);
    EXPECT_EQ(status.device(), expected.st_dev);
    EXPECT_EQ(status.inode(), expected.st_ino);
    EXPECT_EQ(status.accessed(), 1'000'000'000s + 5ns);
    EXPECT_EQ(status.modified(), 1'500'000'000s + 7ns);
    EXPECT_GT(status.changed(), status.modified());
}

TEST_P(a_status, tells_the_types_apart) {
    EXPECT_EQ(of(scratch_.path()).type(), file_type::directory);
    EXPECT_TRUE(of(scratch_.path()).is_directory());
    EXPECT_EQ(of("/dev/null").type(), file_type::character_device);
    ASSERT_EQ(::mkfifo((scratch_ / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(of(scratch_ / "fifo").type(), file_type::fifo);
}

TEST_P(a_status, is_that_of_a_links_target_or_of_the_link) {
    std::filesystem::create_symlink(scratch_.make("a", "xyz"), scratch_ / "link");
    EXPECT_EQ(of(scratch_ / "link").size(), 3U);
    EXPECT_EQ(of_link(scratch_ / "link").type(), file_type::symbolic_link);
    EXPECT_EQ(of_link(scratch_ / "a").type(), file_type::regular);
}

TEST_P(a_status, of_nothing_is_a_failure_or_none) {
    const std::string path = scratch_ / "none";
    try {
        of(path);
        ADD_FAILURE() << "it must fail";
    } catch (const patio::error& failure) {
        EXPECT_EQ(failure.what(),
                  "asking for the status of " + path + ": No such file or directory");
    }
    EXPECT_FALSE(patio::run(patio::find_status(path), options()).has_value());
    EXPECT_FALSE(
        patio::run(patio::find_status(scratch_.make("a", "") + "/x"), options()).has_value());
    EXPECT_EQ(patio::run(patio::find_status(scratch_.make("b", "1234")), options())->size(), 4U);
}

}  // namespace

// SPDX-License-Identifier: MIT
// label: threads

#include <patio/base/config.hpp>

#include <gtest/gtest.h>

// The sanitizers' run-time libraries define these; without a sanitizer the addresses are null.
extern "C" int __asan_address_is_poisoned(const volatile void* address) __attribute__((weak));
extern "C" void __tsan_acquire(void* address) __attribute__((weak));

namespace {

TEST(config, says_that_address_sanitizer_watches_exactly_when_its_runtime_is_linked) {
    EXPECT_EQ(PATIO_HAS_ASAN == 1, __asan_address_is_poisoned != nullptr);
}

TEST(config, says_that_thread_sanitizer_watches_exactly_when_its_runtime_is_linked) {
    EXPECT_EQ(PATIO_HAS_TSAN == 1, __tsan_acquire != nullptr);
}

}  // namespace

// SPDX-License-Identifier: MIT
#pragma once

// Names that nobody else has.

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

#include <sys/random.h>
#include <unistd.h>

namespace patio::detail {

/// Where temporary files belong: environ(7).
inline std::string default_temporary_directory() {
    const char* named = std::getenv("TMPDIR");
    return named != nullptr && *named != '\0' ? named : "/tmp";
}

/// 80 random bits as 16 letters and digits. What is made with it is made so that it fails if the
/// name exists.
inline std::string random_name() {
    constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr std::size_t letter_count = 16;
    unsigned char random[letter_count];
    // getrandom(2): up to 256 bytes come whole; it fails only before the kernel has any, or where
    // it is forbidden. Then names need only differ: O_EXCL does the rest.
    if (::getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        auto seed = static_cast<std::uint64_t>(time.tv_nsec) * 0x9e3779b97f4a7c15U ^
                    static_cast<std::uint64_t>(::getpid()) << 32U;
        for (unsigned char& byte : random) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            byte = static_cast<unsigned char>(seed >> 56U);
        }
    }
    std::string name;
    for (const unsigned char byte : random)
        name += alphabet[byte % 32];
    return name;
}

/// The name of a file that somebody would have to clean up after a crash: hidden, and it says so.
inline std::string temporary_name() { return ".patio-" + random_name() + ".tmp"; }

}  // namespace patio::detail

// SPDX-License-Identifier: MIT

#include "text.hpp"

#include <cxxabi.h>
#include <cstdlib>
#include <cstring>
#include <typeinfo>

namespace patio {

text& text::append(const char* part) noexcept {
    try {
        text_ += part;
    } catch (...) {  // said above
    }
    return *this;
}

text& text::operator<<(std::uint64_t number) noexcept {
    char digits[24];
    char* first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return append(first);
}

text& text::operator<<(std::source_location where) noexcept {
    if (where.line() == 0) return append("an unknown place");
    const char* file = where.file_name();
    if (const char* slash = std::strrchr(file, '/')) file = slash + 1;
    return *this << file << ":" << std::uint64_t{where.line()};
}

namespace {

std::string demangled(const char* mangled) {
    int status = 0;
    char* name = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    std::string result = name != nullptr ? name : mangled;
    std::free(name);  // NOLINT: the ABI says that it comes from malloc
    return result;
}

}  // namespace

std::string text_of(const std::exception_ptr& error) noexcept {
    try {
        if (!error) return "no exception";
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            return demangled(typeid(e).name()) + ": " + e.what();
        } catch (...) {
            const std::type_info* type = abi::__cxa_current_exception_type();
            return type != nullptr ? demangled(type->name()) : "an exception";
        }
    } catch (...) {
        return "an exception";
    }
}

}  // namespace patio

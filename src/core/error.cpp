// SPDX-License-Identifier: MIT

#include <patio/core/error.hpp>

namespace patio {

namespace {

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "patio"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<errc>(code)) {
            case errc::closed:
                return "it was closed on this side";
            case errc::end_of_stream:
                return "the other side ended the stream too early";
            case errc::limit_exceeded:
                return "more came than the limit allows";
            case errc::host_not_found:
                return "there is no such host, or it has no such address";
            case errc::name_server_failed:
                return "no name server could answer";
            case errc::malformed:
                return "the text is malformed";
            case errc::worker_died:
                return "the worker process has died";
            case errc::unsupported:
                return "this is not supported here";
            case errc::refused:
                return "the other side said no";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const category only;
    return only;
}

std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

error::~error() = default;

limit_exceeded::limit_exceeded(const char* name, std::size_t limit)
    : error{errc::limit_exceeded, std::string{name} + " = " + std::to_string(limit)},
      name_{name},
      limit_{limit} {}
limit_exceeded::~limit_exceeded() = default;

}  // namespace patio

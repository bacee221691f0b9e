#include "api/static_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace encke {
namespace {

constexpr std::size_t kMaxFile = 4 * 1024 * 1024;

std::string type_of(const std::filesystem::path& path) {
  const auto extension = path.extension().string();
  if (extension == ".html") return "text/html; charset=utf-8";
  if (extension == ".js") return "text/javascript; charset=utf-8";
  if (extension == ".css") return "text/css; charset=utf-8";
  if (extension == ".svg") return "image/svg+xml";
  if (extension == ".png") return "image/png";
  if (extension == ".ico") return "image/x-icon";
  return "text/plain; charset=utf-8";
}

}  // namespace

std::optional<std::string> StaticFiles::load(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file() || at->file_size() > kMaxFile) continue;
    std::ifstream in(at->path(), std::ios::binary);
    File file{type_of(at->path()), std::string(std::istreambuf_iterator<char>(in), {}), {}};
    file.etag =
        fmt::format("\"{:x}-{:x}\"", file.bytes.size(), std::hash<std::string>()(file.bytes));
    files_["/" + fs::relative(at->path(), folder).generic_string()] = std::move(file);
  }
  if (error) return "cannot read " + folder + ": " + error.message();
  return std::nullopt;
}

std::optional<Reply> StaticFiles::get(const RequestHead& head) const {
  const auto found = files_.find(head.path == "/" ? std::string_view("/index.html") : head.path);
  if (found == files_.end()) return std::nullopt;
  const File& file = found->second;
  Reply reply;
  reply.headers = {
      {"Cache-Control", "no-cache"}, {"ETag", file.etag}, {"X-Content-Type-Options", "nosniff"}};
  if (head.header("If-None-Match") == file.etag) {
    reply.status = 304;
    reply.content_type.clear();
    return reply;
  }
  reply.content_type = file.type;
  reply.body = file.bytes;
  return reply;
}

}  // namespace encke

/** Files to download: the link is asked for when it is wanted, and waited for while the file is made. */

import { link, type Query } from "../api/http";
import { Act } from "./act";

interface DownloadProps {
  path: string;
  query?: Query;
  label: string;
}

export function Download({ path, query = {}, label }: DownloadProps) {
  const fetchFile = async () => location.assign(await link(path, query));
  return <Act act={fetchFile}>{label}</Act>;
}

import { conversation } from "./conversation.mjs";
import { Firefox } from "./firefox.mjs";

conversation(Firefox);

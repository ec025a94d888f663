import { conversation } from "./conversation.mjs";
import { WebKit } from "./webkit.mjs";

conversation(WebKit);
